"""What the folders say of the model, checked before the first weight is read."""

from dataclasses import dataclass

from models.training.importing.folder import Folder, check_equal, read_json
from models.training.importing.forms import image_form, scheduler_form, tokenizer_form


@dataclass
class Plan:
    """Everything of bundle.json that is no weight."""

    tokenizer: dict
    image: dict
    schedulers: dict[str, dict]  # "prior" and "decoder"
    dimensions: int  # D, of CLIP
    width: int  # W, of the text states
    vocabulary: int
    factor: int  # pixels of the picture for each number of the latent

    @classmethod
    def of(cls, prior: Folder, decoder: Folder) -> "Plan":
        """Raises Refused, naming the two that differ, where the parts do not fit together."""
        tokenizer, image = tokenizer_form(prior.path / "tokenizer"), image_form(prior.path / "image_processor")
        network, unet, movq = prior.config("prior"), decoder.config("unet"), decoder.config("movq")
        words, seen = prior.clip_config("text_encoder"), prior.clip_config("image_encoder")
        check_equal(
            {
                "prior's embedding_dim": network["embedding_dim"],
                "text_encoder's projection_dim": words.projection_dim,
                "text_encoder's hidden_size": words.hidden_size,
                "image_encoder's projection_dim": seen.projection_dim,
                "unet's encoder_hid_dim": unet["encoder_hid_dim"],
            }
        )
        check_equal(
            {
                "tokenizer's model_max_length": tokenizer["contextLength"],
                "text_encoder's max_position_embeddings": words.max_position_embeddings,
                "prior's num_embeddings": network["num_embeddings"],
            }
        )
        vocabulary = len(read_json(prior.path / "tokenizer" / "vocab.json"))
        check_equal({"text_encoder's vocab_size": words.vocab_size, "the number of tokens in vocab.json": vocabulary})
        check_equal({"image_encoder's image_size": seen.image_size, "image_processor's crop_size": image["size"]})
        check_equal({"unet's in_channels": unet["in_channels"], "movq's latent_channels": movq["latent_channels"]})
        return cls(
            tokenizer,
            image,
            {"prior": scheduler_form(prior, "scheduler"), "decoder": scheduler_form(decoder, "scheduler")},
            network["embedding_dim"],
            words.hidden_size,
            words.vocab_size,
            2 ** (len(movq["block_out_channels"]) - 1),
        )
