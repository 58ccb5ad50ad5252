"""Writes the measured parts of the model card, between its markers, and the contact sheets.

python -m models.training.evaluation.card FOLDER --bundle DIR --docs DIR
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
from PIL import Image, ImageDraw, ImageFont

from models.training.doc_tables import replace
from models.training.evaluation.set import FOLDER
from models.training.evaluation.sheets import save, wrapped

TITLES = {
    "real": "real renders",
    "z_t": "(a) z_t fed to the decoder",
    "autoregressive": "(b) autoregressive prior",
    "diffusion": "(c) diffusion prior",
}
SHEETS = {
    "diffusion": "held-out-diffusion.jpg",
    "autoregressive": "held-out-autoregressive.jpg",
    "z_t": "held-out-z_t.jpg",
}
WAYS = {"pairs": ", a z_i for each", "together": ", one z_i for both"}
SHOWN, COLUMNS, GAP, LABEL = 64, 8, 4, 24


def title(name: str) -> str:
    if name.startswith("diffusion-"):
        sampler, _, steps = name.removeprefix("diffusion-").rpartition("-")
        return f"(c), decoder: {steps} steps of {sampler}"
    return TITLES[name]


def percent(share: dict) -> str:
    return f"{share['share']:.1%} ({share['low']:.1%} to {share['high']:.1%})"


def evaluation_table(scores: dict) -> str:
    conditions = scores["conditions"]
    order = [name for name in TITLES if name in conditions]
    order += sorted(name for name in conditions if name not in TITLES)
    n = {name: conditions["real"][name]["top1"]["n"] for name in ("held-out", "seen")}
    rows = [
        f"| | top-1 of {n['held-out']}, held out | of real | top-1 of {n['seen']}, seen | background, held out "
        "| background, seen | diversity |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in order:
        score = conditions[name]
        share = score["held-out"]["top1"]["share"] / max(conditions["real"]["held-out"]["top1"]["share"], 1e-9)
        cells = [
            title(name),
            percent(score["held-out"]["top1"]),
            f"{share:.2f}",
            percent(score["seen"]["top1"]),
            percent(score["held-out"]["background"]),
            percent(score["seen"]["background"]),
            f"{score['diversity']['mean']:.3f}" if score["diversity"] else "",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    halves = {name: conditions[name]["held-out"]["halves"] for name in order}
    rows += [
        "",
        "| top-1, held out | style never seen with the concept | background never seen with the concept |",
        "|---|---|---|",
    ]
    rows += [
        f"| {title(name)} | {percent(half['style'])} | {percent(half['background'])} |" for name, half in halves.items()
    ]
    rows += ["", "| two things in a relation | both right | each by itself | exchanged |", "|---|---|---|---|"]
    pairs = [(name, way, conditions[name][way]) for name in order for way in WAYS if way in conditions[name]]
    rows += [
        f"| {title(name)}{WAYS[way] if name not in ('real', 'z_t') else ''} "
        f"| {' | '.join(percent(pair[what]) for what in ('both', 'each', 'exchanged'))} |"
        for name, way, pair in pairs
    ]
    rebuild = scores["rebuild"]
    rows += [
        "",
        f"Judge `{scores['judge']}`. Rebuild at strength 0, {rebuild['n']} real renders at 64 px: "
        f"PSNR {rebuild['mean']:.1f} dB on average, median {rebuild['median']:.1f}, lowest {rebuild['lowest']:.1f}.",
    ]
    for name, gain in scores["againstDiffusion"].items():
        rows += [
            "",
            f"The standard preset against {title(name)}, same {gain['n']} captions and seeds: "
            f"{100 * gain['difference']:+.1f} points of top-1 ({100 * gain['low']:+.1f} to {100 * gain['high']:+.1f}).",
        ]
    return "\n".join(rows)


# Data types of ONNX: fp32, fp16; int8, uint8.
FLOATS, BYTES = (1, 10), (3, 2)
FEWEST = 256  # numbers of a tensor that is counted; smaller ones are shapes and scales


def numbers_in(weight: onnx.TensorProto, graph: onnx.GraphProto) -> int:
    """Of a tensor of weights. MatMulNBits packs two of 4 bits into a byte; its scales and zero points do not count."""
    count = int(np.prod(weight.dims))
    users = [(node, list(node.input).index(weight.name)) for node in graph.node if weight.name in node.input]
    packed = [(node, place) for node, place in users if node.op_type == "MatMulNBits"]
    if packed:
        node, place = packed[0]
        bits = next(given.i for given in node.attribute if given.name == "bits")
        return count * 8 // bits if place == 1 else 0
    is_weight = weight.data_type in (*FLOATS, *BYTES) and "_scales" not in weight.name
    return count if is_weight and count >= FEWEST else 0


def networks_table(bundle: Path) -> str:
    facts = json.loads((bundle / "bundle.json").read_text())
    stages = facts["training"].get("stages", {})
    rows = ["| network | parameters | file | trained |", "|---|---|---|---|"]
    for file in sorted(name for name in facts["files"] if name.endswith(".onnx")):
        graph = onnx.load(bundle / file).graph
        stem = file.removesuffix(".onnx")
        stage = stages.get(
            {
                "clip-text": "text",
                "prior-diffusion": "text",
                "prior-autoregressive": "autoregressive-prior",
            }.get(stem, stem)
        )
        trained = f"{stage['steps']:,} steps, {stage['minutes']:.0f} minutes" if stage else ""
        count = sum(numbers_in(weight, graph) for weight in graph.initializer)
        rows.append(f"| {stem} | {count / 1e6:.2f} M | {facts['files'][file]['bytes'] / 1e6:.1f} MB | {trained} |")
    total = sum(entry["bytes"] for entry in facts["files"].values())
    return "\n".join([*rows, "", f"The whole bundle, {facts['name']} {facts['version']}: {total / 1e6:.1f} MB."])


def halves(rows: list[dict]) -> list[int]:
    """The first captions of both halves of a list, none left out."""
    half = min(SHOWN, len(rows)) // 2
    return [*range(half), *range(len(rows) // 2, len(rows) // 2 + half)]


def sheet(rows: list[dict], chosen: list[int], real: Path, drawn: Path, path: Path) -> None:
    """Of the chosen rows each real render, the drawing beside it."""
    font = ImageFont.load_default(9)
    cell = (2 * 64 + 2 * GAP, 64 + LABEL + GAP)
    page = Image.new("RGB", (COLUMNS * cell[0] + GAP, -(-len(chosen) // COLUMNS) * cell[1] + GAP), "white")
    pen = ImageDraw.Draw(page)
    for place, i in enumerate(chosen):
        left, top = GAP + place % COLUMNS * cell[0], GAP + place // COLUMNS * cell[1]
        page.paste(Image.open(real / f"{i:03d}.png"), (left, top))
        page.paste(Image.open(drawn / f"{i:03d}.png"), (left + 64, top))
        pen.multiline_text((left, top + 65), wrapped(rows[i]["caption"], 2 * 64, font), "black", font, spacing=1)
    save(page, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--docs", type=Path, required=True)
    options = parser.parse_args()
    captions = json.loads((FOLDER / "captions.json").read_text())
    scores = json.loads((options.folder / "scores.json").read_text())
    (options.docs / "pictures").mkdir(parents=True, exist_ok=True)
    card = options.docs / "reports" / "model-card.md"
    replace(card, "networks", networks_table(options.bundle))
    replace(card, "evaluation", evaluation_table(scores))
    for name, file in SHEETS.items():
        if name not in scores["conditions"]:
            continue  # the judge has printed that this run was interrupted
        rows, drawn = captions["lists"]["held-out"], options.folder / "drawn" / name
        sheet(rows, halves(rows), FOLDER / "real/held-out", drawn / "held-out", options.docs / "pictures" / file)
    rows, drawn = captions["pairs"], options.folder / "drawn/diffusion/pairs"
    if drawn.exists():
        sheet(
            rows,
            list(range(min(SHOWN, len(rows)))),
            FOLDER / "real/pairs",
            drawn,
            options.docs / "pictures" / "pairs.jpg",
        )


if __name__ == "__main__":
    main()
