"""Karlo's two folders to a bundle, one network in memory at a time."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch
from safetensors.torch import save_file
from torch import Tensor

from models.training.bundle import cosine, stamp
from models.training.karlo import precision
from models.training.karlo.folder import Folder, Refused, read_json
from models.training.karlo.networks import Decoder, ImageTower, Prior, SuperRes, TextTower
from models.training.karlo.reading import image_form, tokenizer_form
from models.training.onnx_export import Network, check, strip, traced

TOLERANCE = {"fp32": 2e-4, "fp16": 2e-2}  # between ONNX Runtime and PyTorch in fp32, of the largest output
ONE_FILE = 2_000_000_000  # a graph with more bytes of weights keeps them in a file beside it: protobuf ends at 2^31
LOGIT_SCALE = 100.0  # of CLIP ViT-L/14, which these folders leave out


def preset(decoder_steps: int) -> dict:
    """Karlo's own samplers. Its super-resolution was trained for exactly these seven steps."""
    return {
        "prior": {"sampler": "ddpm", "steps": 25, "guidance": 4.0, "draws": 1},
        "decoder": {"sampler": "ddpm", "steps": decoder_steps, "guidance": 8.0},
        "upsamplers": [{"sampler": "ddpm", "steps": 7}],
    }


PRESETS = {"draft": preset(25), "standard": preset(25), "best": preset(50)}


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
    """Everything that is read and checked before the first weight is."""

    tokenizer: dict
    image: dict
    sizes: Sizes
    schedules: dict[str, dict]
    clamp: float  # of the prior's x0

    @classmethod
    def of(cls, text: Folder, images: Folder) -> "Plan":
        tokenizer, image = tokenizer_form(text.path / "tokenizer"), image_form(images.path / "feature_extractor")
        configs = {name: text.config(f"{name}_scheduler") for name in ("prior", "decoder", "super_res")}
        schedules = {name: scheduled(config) for name, config in configs.items()}
        return cls(tokenizer, image, sizes_of(text, images, tokenizer, image), schedules, configs["prior"]["clip_sample_range"])


def write(text: Folder, images: Folder, folder: Path, *, name: str, licence: Path, kind: str, attribution: str) -> None:
    """kind: fp32 or fp16. Raises Refused before anything is written where the folders do not make one model."""
    plan = Plan.of(text, images)
    folder.mkdir(parents=True)
    graphs, tensors = {}, {}
    for key, network, found in networks(text, images, plan.sizes):
        graphs[key] = export(network, folder, kind)
        tensors |= found
        del network
    for file in ("vocab.json", "merges.txt"):
        shutil.copy(text.path / "tokenizer" / file, folder / file)
    shutil.copy(licence, folder / "LICENSE")
    save_file(tensors, folder / "tensors.safetensors")
    for path in folder.iterdir():
        path.chmod(0o644)  # some are written as 0600, which a container's user could not read
    sizes = plan.sizes
    description = {
        "format": 1,
        "name": name,
        "version": "1.0.0",
        "licence": "CreativeML OpenRAIL-M",
        "attribution": attribution,
        "files": {path.name: stamp(path) for path in sorted(folder.iterdir())},
        "tokenizer": {"vocab": "vocab.json", "merges": "merges.txt", **plan.tokenizer},
        "tensors": "tensors.safetensors",
        "clip": {
            "dimensions": sizes.dimensions, "normalise": False, "logitScale": LOGIT_SCALE,
            "text": graphs["text"], "image": {**graphs["image"], **plan.image},
        },
        "prior": {"diffusion": {"network": graphs["prior"], **plan.schedules["prior"], "clamp": plan.clamp}},
        "decoder": {
            "network": graphs["decoder"], "size": sizes.small, **plan.schedules["decoder"], "variance": "learned_range",
        },
        "upsamplers": [{
            "network": graphs["super_res_first"], "last": graphs["super_res_last"], "from": sizes.small, "to": sizes.large,
            **plan.schedules["super_res"], "variance": "fixed", "overshoot": True,
        }],
        "presets": PRESETS,
    }
    (folder / "bundle.json").write_text(json.dumps(description, indent=2) + "\n")


def sizes_of(text: Folder, images: Folder, tokenizer: dict, image: dict) -> Sizes:
    """The sizes that the parts agree on. Raises Refused, naming the two that do not."""
    prior, decoder, projection = text.config("prior"), text.config("decoder"), text.config("text_proj")
    first, last = text.config("super_res_first"), text.config("super_res_last")
    words, seen = text.clip_config("text_encoder"), images.clip_config("image_encoder")
    dimensions, length = prior["embedding_dim"], tokenizer["contextLength"]
    agree = {
        "prior's embedding_dim": dimensions,
        "text_encoder's projection_dim": words.projection_dim,
        "text_encoder's hidden_size": words.hidden_size,
        "image_encoder's projection_dim": seen.projection_dim,
        "text_proj's clip_embeddings_dim": projection["clip_embeddings_dim"],
    }
    check_equal(agree)
    check_equal({
        "tokenizer's model_max_length": length, "text_encoder's max_position_embeddings": words.max_position_embeddings,
        "prior's num_embeddings": prior["num_embeddings"],
    })
    vocabulary = len(read_json(text.path / "tokenizer" / "vocab.json"))
    check_equal({"text_encoder's vocab_size": words.vocab_size, "the number of tokens in vocab.json": vocabulary})
    check_equal({"text_proj's cross_attention_dim": projection["cross_attention_dim"], "decoder's": decoder["cross_attention_dim"]})
    check_equal({"image_encoder's image_size": seen.image_size, "feature_extractor's crop_size": image["size"]})
    for key in ("block_out_channels", "layers_per_block", "norm_num_groups", "norm_eps"):
        check_equal({f"super_res_first's {key}": first[key], f"super_res_last's {key}": last[key]})
    return Sizes(
        dimensions, length, words.hidden_size, decoder["sample_size"], first["sample_size"], seen.image_size, words.vocab_size
    )


def check_equal(values: dict) -> None:
    (one, expected), *others = values.items()
    for other, value in others:
        if value != expected:
            raise Refused(f"the parts do not fit together: {one} is {expected}, {other} is {value}")


def examples(sizes: Sizes) -> dict[str, dict[str, Tensor]]:
    """Inputs of every network by its name, two rows each."""
    generator = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(2, *shape, generator=generator)

    times = torch.tensor([999.0, 37.0])
    tokens = torch.randint(1, sizes.vocabulary - 2, (2, sizes.length), generator=generator, dtype=torch.int32)
    tokens[:, 9] = sizes.vocabulary - 1  # the end token
    caption = {
        "text_embedding": normal(sizes.dimensions),
        "text_states": normal(sizes.length, sizes.width),
        "text_mask": (torch.arange(sizes.length)[None] < torch.tensor([[10], [sizes.length]])).float(),
    }
    small, large = (3, sizes.small, sizes.small), (3, sizes.large, sizes.large)
    return {
        "text": {"tokens": tokens},
        "image": {"image": normal(3, sizes.seen, sizes.seen)},
        "prior": {"x": normal(sizes.dimensions), "t": times, **caption},
        "decoder": {"x": normal(*small), "t": times, "image_embedding": normal(sizes.dimensions), **caption},
        "super_res": {"x": normal(*large), "t": times, "low": normal(*large).clamp(-1, 1)},
    }


def networks(text: Folder, images: Folder, sizes: Sizes) -> Iterator[tuple[str, Network, dict[str, Tensor]]]:
    """Every graph by name, loaded when it is asked for, with the tensors that its folder holds beside it."""
    given = examples(sizes)
    towers = TextTower(text.network("text_encoder")), ImageTower(images.network("image_encoder"))
    yield "text", Network("clip-text.onnx", towers[0], given["text"], ["embedding", "states"]), {}
    yield "image", Network("clip-image.onnx", towers[1], given["image"], ["embedding"]), {}
    del towers
    prior = text.network("prior")
    statistics = whitening(text, prior.clip_mean, prior.clip_std)
    yield "prior", Network("prior.onnx", Prior(prior), given["prior"], ["prediction"]), statistics
    del prior
    projection = text.network("text_proj")
    null = projection.learned_classifier_free_guidance_embeddings.detach().clone()
    decoder = Decoder(text.network("decoder"), projection)
    yield "decoder", Network("decoder.onnx", decoder, given["decoder"], ["prediction"]), {"decoder.null": null}
    del decoder
    for part, suffix in (("super_res_first", ""), ("super_res_last", "-last")):
        file = f"upsampler-{sizes.large}{suffix}.onnx"
        yield part, Network(file, SuperRes(text.network(part)), given["super_res"], ["prediction"]), {}


def whitening(text: Folder, mean: Tensor, std: Tensor) -> dict[str, Tensor]:
    """The statistics of z_i. Raises Refused where they were never filled in: diffusers' own start is zero."""
    if not (std > 0).all():
        raise Refused(f"{text.weights_file('prior')}: clip_std is not above 0: the statistics of CLIP were not saved")
    return {"clip.mean": mean[0].detach().clone(), "clip.std": std[0].detach().clone()}


def export(network: Network, folder: Path, kind: str) -> dict:
    """Writes the graph, runs it against PyTorch, returns its entry for bundle.json."""
    save(network, folder, kind)
    return {"file": network.file, **check(network, network.module, folder / network.file, TOLERANCE[kind])}


def save(network: Network, folder: Path, kind: str) -> None:
    model = traced(network, network.module)
    strip(model.graph)
    precision.halve(model, network.file) if kind == "fp16" else precision.store(model)
    beside = sum(len(weight.raw_data) for weight in model.graph.initializer) > ONE_FILE
    onnx.save(model, folder / network.file, save_as_external_data=beside, location=f"{network.file}.data")


def scheduled(config: dict) -> dict:
    prediction = {"sample": "x0", "epsilon": "epsilon"}[config["prediction_type"]]
    return {"schedule": {**cosine(), "steps": config["num_train_timesteps"]}, "prediction": prediction}
