"""What the folders say of the model, checked before the first weight is read."""

from dataclasses import dataclass

from models.training.importing.folder import Folder, check_equal, read_json
from models.training.importing.forms import image_form, scheduler_form, tokenizer_form

BETAS = ("numTrainTimesteps", "betaSchedule", "betaStart", "betaEnd")


@dataclass
class TextPlan:
    """A text encoder and its tokenizer."""

    tokenizer: dict
    width: int  # W, of the states
    vocabulary: int

    @classmethod
    def of(cls, folder: Folder) -> "TextPlan":
        tokenizer, words = tokenizer_form(folder.path / "tokenizer"), folder.clip_config("text_encoder")
        check_equal(
            {
                "tokenizer's model_max_length": tokenizer["contextLength"],
                "text_encoder's max_position_embeddings": words.max_position_embeddings,
            }
        )
        vocabulary = len(read_json(folder.path / "tokenizer" / "vocab.json"))
        check_equal({"text_encoder's vocab_size": words.vocab_size, "the number of tokens in vocab.json": vocabulary})
        return cls(tokenizer, words.hidden_size, words.vocab_size)


@dataclass
class Plan:
    """Everything of bundle.json that is no weight."""

    decoder_text: TextPlan
    prior_text: TextPlan | None
    image: dict
    scheduler: dict
    prior_scheduler: dict | None
    noise_augmentation: dict
    dimensions: int  # D, of CLIP
    factor: int  # pixels of the picture for each number of the latent

    @classmethod
    def of(cls, folder: Folder, prior: Folder | None) -> "Plan":
        """Raises Refused, naming the two that differ, where the parts do not fit together."""
        text, image = TextPlan.of(folder), image_form(folder.path / "feature_extractor")
        unet, vae, seen = folder.config("unet"), folder.config("vae"), folder.clip_config("image_encoder")
        dimensions = seen.projection_dim
        check_equal(
            {
                "image_encoder's projection_dim": dimensions,
                "image_normalizer's embedding_dim": folder.config("image_normalizer")["embedding_dim"],
                "half of unet's projection_class_embeddings_input_dim": unet["projection_class_embeddings_input_dim"]
                // 2,
            }
        )
        check_equal(
            {"text_encoder's hidden_size": text.width, "unet's cross_attention_dim": unet["cross_attention_dim"]}
        )
        check_equal({"image_encoder's image_size": seen.image_size, "feature_extractor's crop_size": image["size"]})
        noise = scheduler_form(folder, "image_noising_scheduler")
        prior_text = None if prior is None else TextPlan.of(prior)
        if prior is not None and prior_text is not None:
            check_prior(prior, dimensions, prior_text.tokenizer["contextLength"])
        return cls(
            text,
            prior_text,
            image,
            scheduler_form(folder, "scheduler"),
            None if prior is None else scheduler_form(prior, "prior_scheduler"),
            {key: noise[key] for key in BETAS if key in noise},
            dimensions,
            2 ** (len(vae["block_out_channels"]) - 1),
        )


def check_prior(prior: Folder, dimensions: int, length: int) -> None:
    """Raises Refused unless the prior reads captions of this length and draws embeddings of this CLIP's width: h takes
    no prior of l, nor Karlo's."""
    config, words = prior.config("prior"), prior.clip_config("text_encoder")
    check_equal(
        {
            "image_encoder's projection_dim": dimensions,
            "prior's embedding_dim": config["embedding_dim"],
            "the prior's text_encoder's projection_dim": words.projection_dim,
        }
    )
    check_equal({"prior's num_embeddings": config["num_embeddings"], "the tokenizer's length": length})
