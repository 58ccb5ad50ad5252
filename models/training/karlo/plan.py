"""What the folders say of the model, checked before the first weight is read."""

from dataclasses import dataclass

from models.training.importing.folder import Folder, check_equal, read_json
from models.training.importing.forms import image_form, scheduler_form, tokenizer_form


@dataclass
class Sizes:
    """What the graphs' inputs are made of."""

    dimensions: int  # D, of CLIP
    length: int  # L, of a caption
    width: int  # W, of the text states
    small: int  # side of the decoder's picture
    large: int  # side of the enlarged picture
    seen: int  # side of the picture that CLIP sees
    vocabulary: int


@dataclass
class Plan:
    """Everything of bundle.json that is no weight."""

    tokenizer: dict
    image: dict
    sizes: Sizes
    schedulers: dict[str, dict]

    @classmethod
    def of(cls, text: Folder, images: Folder) -> "Plan":
        tokenizer, image = tokenizer_form(text.path / "tokenizer"), image_form(images.path / "feature_extractor")
        schedulers = {name: scheduler_form(text, f"{name}_scheduler") for name in ("prior", "decoder", "super_res")}
        return cls(tokenizer, image, sizes_of(text, images, tokenizer, image), schedulers)


def sizes_of(text: Folder, images: Folder, tokenizer: dict, image: dict) -> Sizes:
    """The sizes that the parts agree on. Raises Refused, naming the two that do not."""
    prior, decoder, projection = text.config("prior"), text.config("decoder"), text.config("text_proj")
    first, last = text.config("super_res_first"), text.config("super_res_last")
    words, seen = text.clip_config("text_encoder"), images.clip_config("image_encoder")
    dimensions, length = prior["embedding_dim"], tokenizer["contextLength"]
    check_equal(
        {
            "prior's embedding_dim": dimensions,
            "text_encoder's projection_dim": words.projection_dim,
            "text_encoder's hidden_size": words.hidden_size,
            "image_encoder's projection_dim": seen.projection_dim,
            "text_proj's clip_embeddings_dim": projection["clip_embeddings_dim"],
        }
    )
    check_equal(
        {
            "tokenizer's model_max_length": length,
            "text_encoder's max_position_embeddings": words.max_position_embeddings,
            "prior's num_embeddings": prior["num_embeddings"],
        }
    )
    vocabulary = len(read_json(text.path / "tokenizer" / "vocab.json"))
    check_equal({"text_encoder's vocab_size": words.vocab_size, "the number of tokens in vocab.json": vocabulary})
    check_equal(
        {
            "text_proj's cross_attention_dim": projection["cross_attention_dim"],
            "decoder's": decoder["cross_attention_dim"],
        }
    )
    times = 4 * decoder["block_out_channels"][0]
    check_equal({"text_proj's time_embed_dim": projection["time_embed_dim"], "what the decoder adds it to": times})
    check_equal({"image_encoder's image_size": seen.image_size, "feature_extractor's crop_size": image["size"]})
    for key in ("block_out_channels", "layers_per_block", "norm_num_groups", "norm_eps"):
        check_equal({f"super_res_first's {key}": first[key], f"super_res_last's {key}": last[key]})
    return Sizes(
        dimensions,
        length,
        words.hidden_size,
        decoder["sample_size"],
        first["sample_size"],
        seen.image_size,
        words.vocab_size,
    )
