"""Scores drawings of the same objects named in several ways: by name, by synonym, by tag, with an untrained word added.

    python -m models.training.evaluation.rewording                    writes cache/evaluation/rewording.json
    python -m models.training.evaluation.rewording FOLDER --docs DIR  writes the table of the model card

The synonyms and tags belong to one concept only, so each prompt has one right answer. The judge compares each drawing
with the bare names of all objects, which do not mention style or background. Some prompts leave the style open and are
drawn several times; the real renders they are compared with come from all styles.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np
import torch

from models.training.data.captions import Captions, with_article
from models.training.data.icons import Icons
from models.training.data.scenes import Painter, Sampler
from models.training.doc_tables import replace
from models.training.evaluation.card import percent
from models.training.evaluation.judge import Judge, numbered, paired, read, spreads, wilson
from models.training.evaluation.set import FOLDER, save, singles

PROMPTS, SEED, THINGS = FOLDER / "rewording.json", 20261, 100
OPEN, SEEDS = 20, 8  # things whose captions leave the style (and background) open, and the seeds each is drawn with
# Words of everyday descriptions; words of the training captions are skipped.
STRANGE = ("wonderful", "peculiar", "vintage", "handmade", "gleaming", "enormous")
ROWS = {
    "name": "its name, style and background",
    "strange": "the same, with an untrained word",
    "synonym": "a synonym in the place of the name",
    "tag": "a tag in the place of the name",
    "bare": "its name alone",
}
VARIED = {
    "open": ("which leave the style open", ""),
    "anything": ("which leave style and background open", ", and of all backgrounds"),
}


def unambiguous(icons: Icons) -> list[tuple[dict, str, str]]:
    """(concept, synonym, tag) for the concepts that have a synonym and a tag of no other concept."""
    owners = Counter(
        text for concept in icons.concepts for text in {concept["name"], *concept["synonyms"], *concept["tags"]}
    )
    own = lambda texts: [text for text in texts if owners[text] == 1]  # noqa: E731
    found = [(concept, own(concept["synonyms"]), own(concept["tags"])) for concept in icons.concepts]
    return [(concept, synonyms[0], tags[0]) for concept, synonyms, tags in found if synonyms and tags]


def write_prompts() -> None:
    icons, rng = Icons(), np.random.default_rng(SEED)
    sampler, captions = Sampler(icons), Captions(icons)
    known, choices = captions.words(), unambiguous(icons)
    strange = [word for word in STRANGE if word not in known]
    painter, rows, chosen, grounds = Painter(icons), [], [], []
    for place, number in enumerate(rng.permutation(len(choices))[:THINGS]):
        concept, synonym, tag = choices[number]
        icon = int(rng.choice(sampler.rows[concept["id"]]))
        background = int(sampler.backgrounds(rng, np.array([icon]))[0])
        colour, bare = icons.background_names[background], with_article(concept["name"])
        odd = f"{strange[place % len(strange)]} {concept['name']}"
        named = {"name": bare, "strange": with_article(odd), "synonym": with_article(synonym), "tag": with_article(tag)}
        prompts = {how: captions.full(what, icon, background) for how, what in named.items()}
        rows.append({"background": colour, "caption": bare, "prompts": {**prompts, "bare": bare}})
        chosen.append(icon)
        grounds.append(background)
        if place < OPEN:
            rows[-1]["open"] = f"{bare} on {with_article(colour)} background"
            same = np.flatnonzero(icons.concept == concept["id"]).tolist()
            turn = [same[k % len(same)] for k in range(SEEDS)]
            grounds_in_turn = [(place * SEEDS + k) % len(icons.background_names) for k in range(SEEDS)]
            for name, chosen_grounds in (("open", [background] * SEEDS), ("anything", grounds_in_turn)):
                names = [f"rewording/{name}/{place:03d}/{k}" for k in range(SEEDS)]
                save(painter.draw(singles(turn, chosen_grounds)), names)
    save(painter.draw(singles(chosen, grounds)), [f"rewording/{i:03d}" for i in range(len(rows))])
    PROMPTS.write_text(json.dumps(rows, indent=1) + "\n")


def measured(folder: Path) -> str:
    """The table of top-1 shares, and the diversity of the drawings beside that of as many real renders."""
    captions, rows = json.loads((FOLDER / "captions.json").read_text()), json.loads(PROMPTS.read_text())
    judge = Judge({**captions, "lists": {"rewording": rows}})
    lines = ["| | captions | top-1 of the names | background |", "|---|---|---|---|"]
    for name, title in {"real": "real renders", **ROWS}.items():
        drawn = FOLDER / "real/rewording" if name == "real" else folder / name
        pictures = read(numbered(drawn, len(rows)))
        named, coloured = judge.named("rewording", pictures), judge.coloured("rewording", pictures)
        ground = "" if name == "bare" else percent(wilson(int(coloured.sum()), len(rows)))
        example = "" if name == "real" else f'"{rows[0]["prompts"][name]}"'
        lines.append(f"| {title} | {example} | {percent(wilson(int(named.sum()), len(rows)))} | {ground} |")
    lines += [
        "",
        f"| {SEEDS} drawings each of {OPEN} captions | | diversity "
        f"| {SEEDS} real renders, of all styles in turn | difference |",
        "|---|---|---|---|---|",
    ]
    for name, (title, how) in VARIED.items():
        drawn, real = (
            torch.from_numpy(spreads(judge, [sorted((parent / name / f"{i:03d}").glob("*.png")) for i in range(OPEN)]))
            for parent in (folder, FOLDER / "real/rewording")
        )
        gain = paired(drawn, real)
        example = rows[0]["open"] if name == "open" else rows[0]["prompts"]["bare"]
        lines.append(
            f'| {title} | "{example}" | {drawn.mean():.3f} | {real.mean():.3f}{how} '
            f"| {gain['difference']:+.3f} ({gain['low']:+.3f} to {gain['high']:+.3f}) |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="what was drawn; without it, writes the prompts")
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    options = parser.parse_args()
    if options.folder is None:
        write_prompts()
        return
    with torch.no_grad():
        replace(options.docs / "reports" / "model-card.md", "rewording", measured(options.folder))


if __name__ == "__main__":
    main()
