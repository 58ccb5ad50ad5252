"""Tokenizers, picture preparation and schedules of a folder in diffusers' layout, in the words of bundle.json."""

from pathlib import Path

from transformers import CLIPImageProcessorPil, CLIPTokenizer

from models.clip.tokenizer import Tokenizer
from models.training.importing.folder import Folder, Refused, read_json
from models.training.schedulers import scheduler

UNCLIP_BETAS = "squaredcos_cap_v2"  # UnCLIPScheduler has one beta schedule and does not name it; it spaces evenly
BETA_SCHEDULES = {"linear": "linear", "scaled_linear": "scaled_linear", UNCLIP_BETAS: "cosine"}
UNUSED = {"trained_betas": None, "thresholding": False, "rescale_betas_zero_snr": False}
BICUBIC = 3  # PIL's number
# None contains "!": as the padding token it is split off by transformers ("!" instead of "!</w>"), unlike in CLIP.
CAPTIONS = ["", "a red apple on a blue background", "it's 2 o'clock, naïve café; über 東京 \U0001f600?", "word " * 100]


def tokenizer_form(folder: Path) -> dict:
    """contextLength and padId. Raises Refused unless our tokenizer makes the same tokens of the same files."""
    if not (folder / "merges.txt").exists():
        raise Refused(f"{folder / 'merges.txt'}: is missing")
    vocab, merges = (
        read_json(folder / "vocab.json"),
        (folder / "merges.txt").read_text("utf-8").rstrip("\n").split("\n")[1:],
    )
    if len(vocab) != len(merges) + 2 * 256 + 2:  # each byte, each that ends a word, start and end
        raise Refused(
            f"{folder}: vocab.json has {len(vocab)} tokens and merges.txt {len(merges)} pairs: not of one tokenizer"
        )
    theirs = CLIPTokenizer.from_pretrained(folder)
    length, pad = theirs.model_max_length, theirs.pad_token_id
    ours = Tokenizer.from_files(folder / "vocab.json", folder / "merges.txt", pad)
    for caption in CAPTIONS:
        expected = theirs(caption, padding="max_length", max_length=length, truncation=True).input_ids
        if ours.encode(caption, length) != expected:
            raise Refused(
                f"{folder}: {caption[:40]!r} becomes other tokens than CLIP's byte pairs in vocab.json and merges.txt"
            )
    return {"contextLength": length, "padId": pad}


def image_form(folder: Path) -> dict:
    """size, mean, std and fit of CLIP's picture."""
    file = folder / "preprocessor_config.json"
    read_json(file)
    form = CLIPImageProcessorPil.from_pretrained(folder)
    size, crop = form.size["shortest_edge"], form.crop_size["height"]
    if size != crop or not form.do_center_crop or not form.do_normalize or form.resample != BICUBIC:
        raise Refused(f"{file}: is not CLIP's: short side and crop of one size, bicubic, normalised")
    return {"size": size, "mean": list(form.image_mean), "std": list(form.image_std), "fit": "crop"}


def scheduler_form(folder: Folder, name: str) -> dict:
    """`scheduler` in bundle.json. Raises Refused for settings that the engine does not have."""
    config = folder.config(name)
    file = folder.path / name / "scheduler_config.json"
    for key, wanted in UNUSED.items():
        if config.get(key, wanted) != wanted:
            raise Refused(f"{file}: {key} is {config[key]}, and only {wanted} is known here")
    kind = BETA_SCHEDULES.get(config.get("beta_schedule", UNCLIP_BETAS))
    if kind is None:
        raise Refused(f"{file}: the beta_schedule {config['beta_schedule']} is not known here")
    betas = {} if kind == "cosine" else {"betaStart": config["beta_start"], "betaEnd": config["beta_end"]}
    spacing = config.get("timestep_spacing", "linspace")
    offset = {"stepsOffset": config["steps_offset"]} if spacing == "leading" and config["steps_offset"] else {}
    described = scheduler(
        kind,
        config["prediction_type"],
        variance=config.get("variance_type", "fixed_small").removesuffix("_log"),
        clip=config["clip_sample_range"] if config.get("clip_sample") else None,
        timesteps=config["num_train_timesteps"],
    )
    return {**described, **betas, "timestepSpacing": spacing, **offset}
