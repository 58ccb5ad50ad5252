"""Writes the measured parts of docs/reports/paper.md, between their markers, and its figures.

    python -m models.training.paper.page FOLDER --evaluated DIR --bundle DIR --compared DIR --docs DIR

A part that was never measured, or on another bundle, says so and contains no numbers. Results of an earlier run of the
same bundle remain, even if they were measured on another machine.
"""

import argparse
import datetime
import json
from pathlib import Path

from models.training.doc_tables import replace
from models.training.evaluation.judge_weights import name as judge_name
from models.training.paper.figures import GRIDS, SHOWN, Figures
from models.training.paper.scores import scores_file
from models.training.paper.tables import TABLES

PICTURES = {
    "1": {
        "priors": "The first held-out captions: real render, z_t in the place of z_i, autoregressive prior, "
        "diffusion prior"
    },
    "3": {"diversity": f"Six seeds of three captions, unCLIP over the text decoder, at guidance {' and '.join(GRIDS)}"},
    "4": {
        "guidance-decoder": f"{SHOWN} captions, one z_i and one noise each, over the decoder's guidance",
        "guidance-prior": "The same over the prior's guidance",
    },
    "5": {"dimensions": "Real renders, and what is drawn from their first 5 to 256 dimensions with one noise"},
    "6": {
        "between": "Four rows from one real render to another",
        "differences": "Five text diffs: the real render, then angles from 0 to 0.5",
    },
    "7": {
        "binding": "One shape in two colours: the real render, and two drawings",
        "letters": "Things that carry letters: the real render, and four drawings",
        "words": "Captions that ask for words, four drawings each",
    },
}
PLOTS = {"3": "diversity", "4": "guidance", "5": "dimensions"}


def figure(name: str, says: str) -> str:
    return f"![{says}](../pictures/paper-{name})"


def block(part: str, how: str, stamp: str, score: dict) -> str:
    plots = [figure(f"{PLOTS[part]}.svg", "The table as a plot")] if part in PLOTS else []
    pictures = [figure(f"{name}.jpg", says) for name, says in PICTURES.get(part, {}).items()]
    head = f"`{command(part)}{how}`, {stamp}."
    return "\n\n".join([head, TABLES[part](score), *plots, *pictures])


def command(part: str) -> str:
    return f"npm run research:paper -- --only {part}"


def existing(page: Path, part: str) -> str:
    return page.read_text().split(f"<!-- part-{part} -->")[-1].split(f"<!-- /part-{part} -->")[0].strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    for name in ("evaluated", "bundle", "compared", "docs"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--parts", required=True, help="those that were measured just now")
    parser.add_argument("--limit", type=float, help="the share of every list that was measured")
    options = parser.parse_args()
    page, bundle = options.docs / "reports" / "paper.md", json.loads((options.bundle / "bundle.json").read_text())
    other = options.compared / "bundle.json"
    text = f"text-{json.loads(other.read_text())['files']['decoder.onnx']['sha256'][:8]}" if other.exists() else None
    figures = Figures(options.folder, options.evaluated, options.docs, text)
    scores = json.loads(scores_file(options.folder, options.limit is not None).read_text())
    digest, today = f"digest `{options.folder.name}`", datetime.date.today().isoformat()
    how = "" if options.limit is None else f" --limit {options.limit:g}"
    stamp = f"{bundle['name']} {bundle['version']}, {digest}, judge `{judge_name()}`, {today}"
    for part in TABLES:
        if part in options.parts.split(","):
            figures.write(part)
            replace(page, f"part-{part}", block(part, how, stamp, scores[part]))
        elif digest not in existing(page, part):
            replace(page, f"part-{part}", f"Not run yet with this bundle: `{command(part)}`.")


if __name__ == "__main__":
    main()
