"""Chooses the pairs that no training ever sees, once, and writes held-out.json beside this file (committed).

python -m models.training.data.held_out
"""

import json

import numpy as np

from models.training.data.colours import NAMES, parts, taken, uncoloured
from models.training.data.icons import HERE, Icons

SEED, COLOUR_SEED, EACH = 20261124, 20261129, 100
HUES = ("red", "orange", "yellow", "green", "blue", "purple", "pink")


def colour_pairs(icons: Icons) -> list[tuple[str, str]]:
    """Concepts with a colour that has a hue and that no icon of them has, though each may take it."""
    targets, conflicts = parts(icons).targets, taken(icons.names)
    rng = np.random.default_rng(COLOUR_SEED)
    pairs = []
    for i in rng.permutation(len(icons.concepts)):
        fitting = np.flatnonzero(targets[icons.concept == i].all(axis=0) & ~conflicts[i])
        fitting = [index for index in fitting if NAMES[index] in HUES]
        name = icons.concepts[i]["name"]
        if fitting and uncoloured(name) == name:
            pairs.append((icons.concepts[i]["slug"], NAMES[rng.choice(fitting)]))
    return pairs[:EACH]


def main() -> None:
    icons = Icons()
    rng = np.random.default_rng(SEED)
    styles_of = [icons.style[icons.concept == i] for i in range(len(icons.concepts))]
    # At least four styles, so that three others are left to learn the concept from.
    rich = rng.permutation([i for i, styles in enumerate(styles_of) if len(styles) >= 4])
    style_pairs = [(icons.concepts[i]["slug"], icons.styles[rng.choice(styles_of[i])]) for i in rich[:EACH]]
    background_pairs = [
        (icons.concepts[i]["slug"], icons.background_names[rng.integers(len(icons.background_names))])
        for i in rich[EACH : 2 * EACH]
    ]
    held = {
        "seed": SEED,
        "concept_style": style_pairs,
        "concept_background": background_pairs,
        "concept_colour": colour_pairs(icons),
    }
    (HERE / "held-out.json").write_text(json.dumps(held, indent=1) + "\n")


if __name__ == "__main__":
    main()
