"""Prompts of the paper's experiments besides the evaluation's captions: scenes fixed in advance, and their renders.

python -m models.training.paper.questions     writes models/training/cache/paper/prompts.json and its real renders
"""

import json

import numpy as np
from PIL import Image

from models.training.data.captions import Captions
from models.training.data.icons import CACHE, Icons
from models.training.data.scenes import RELATIONS, Painter, Scenes
from models.training.evaluation.set import FOLDER as EVALUATION

FOLDER = CACHE / "paper"
SEED = 512
SCALE = 4  # of the renders that rows begin with: 256 px

# Part 6: pairs of renders to interpolate; renders to edit, each with its source and target captions.
BETWEEN = [
    (("red apple", "flat", "blue"), ("frog", "flat", "pink")),
    (("sun", "twemoji", "teal"), ("basketball", "twemoji", "purple")),
    (("cat face", "noto", "yellow"), ("rocket", "noto", "black")),
    (("octopus", "emojione", "white"), ("tulip", "emojione", "green")),
]
DIFFERENCES = [
    (("red apple", "flat", "blue"), "a red apple", "a green apple"),
    (("dog face", "noto", "teal"), "a dog face", "a cat face"),
    (("rocket", "twemoji", "white"), "a white background", "a purple background"),
    (("tulip", "3d", "yellow"), "a tulip", "a cactus"),
    (("turtle", "twemoji", "pink"), "a turtle in twemoji style", "a turtle in 3d style"),
]
# Part 7: one shape in two colours (the paper's red cube and blue cube), objects with letters, captions with words.
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "brown", "black", "white")
SHAPES = ("circle", "square", "heart")
GROUNDS = ("teal", "pink", "grey")  # no shape has these colours
BINDINGS = 60
LETTERED = [
    ("hundred points", "twemoji", "white"),
    ("tear-off calendar", "flat", "blue"),
    ("newspaper", "noto", "yellow"),
    ("heavy dollar sign", "emojione", "pink"),
]
WORDS = [
    "the word hello on a white background",
    "a sign that says stop on a yellow background",
    "the letters a b c on a blue background",
    "a book with the title cats on a teal background",
]


class PromptBuilder:
    def __init__(self) -> None:
        self.icons = Icons()
        self.captions, self.painter = Captions(self.icons), Painter(self.icons, SCALE)

    def icon(self, name: str, style: str) -> int | None:
        concept, number = self.icons.names.index(name), self.icons.styles.index(style)
        found = np.flatnonzero((self.icons.concept == concept) & (self.icons.style == number))
        return int(found[0]) if len(found) else None

    def scene(self, thing: tuple[str, str, str], second: int = -1, relation: int = 0) -> Scenes:
        name, style, background = thing
        icon = self.icon(name, style)
        if icon is None:
            raise SystemExit(f"there is no {name} in {style} style")
        ground = self.icons.background_names.index(background)
        return Scenes(np.array([icon]), np.array([second]), np.array([relation]), np.array([ground]), np.array([-1]))

    def caption(self, scene: Scenes) -> str:
        return self.captions.plain(scene)[0]

    def render(self, scene: Scenes, name: str) -> str:
        """-> its file, under FOLDER"""
        pixels = ((self.painter.draw(scene)[0].clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
        path = FOLDER / "real" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
        return str(path.relative_to(FOLDER))

    def bindings(self) -> list[dict]:
        """Rows in the format of evaluation/set.py; the candidates are the same shape in every colour."""
        rng, rows = np.random.default_rng(SEED), []
        while len(rows) < BINDINGS:
            shape, ground = str(rng.choice(SHAPES)), str(rng.choice(GROUNDS))
            style, relation = str(rng.choice(self.icons.styles)), int(rng.integers(len(RELATIONS)))
            names = [f"{colour} {shape}" for colour in rng.permutation(COLOURS)]
            icons = [self.icon(name, style) for name in names]
            second = icons[1]
            if second is None or None in icons:
                continue
            scene = self.scene((names[0], style, ground), second, relation)
            alone = [self.caption(self.scene((name, style, ground))) for name in names]
            rows.append(
                {
                    "caption": self.caption(scene),
                    "relation": RELATIONS[relation],
                    "candidates": [alone, [alone[1], alone[0], *alone[2:]]],
                    "real": self.render(scene, f"binding/{len(rows):03d}"),
                }
            )
        return rows


def open_captions() -> dict[str, list[str]]:
    """The evaluation's captions without the style: parts 3 and 4 draw what a caption leaves open."""
    lists = json.loads((EVALUATION / "captions.json").read_text())["lists"]
    return {
        name: [row["caption"].replace(f" in {row['style']} style", "") for row in rows] for name, rows in lists.items()
    }


def main() -> None:
    builder = PromptBuilder()
    facts = {
        "open": open_captions(),
        "between": [
            [builder.render(builder.scene(end), f"between/{row}-{i}") for i, end in enumerate(ends)]
            for row, ends in enumerate(BETWEEN)
        ],
        "differences": [
            {"image": builder.render(builder.scene(thing), f"differences/{row}"), "from": before, "to": after}
            for row, (thing, before, after) in enumerate(DIFFERENCES)
        ],
        "bindings": builder.bindings(),
        "lettered": [
            {
                "caption": builder.caption(builder.scene(thing)),
                "real": builder.render(builder.scene(thing), f"lettered/{i}"),
            }
            for i, thing in enumerate(LETTERED)
        ],
        "words": WORDS,
    }
    (FOLDER / "prompts.json").write_text(json.dumps(facts, indent=1) + "\n")
    print(
        f"{FOLDER / 'prompts.json'}: {len(facts['bindings'])} pairs of colours, "
        f"the first: {facts['bindings'][0]['caption']}"
    )


if __name__ == "__main__":
    main()
