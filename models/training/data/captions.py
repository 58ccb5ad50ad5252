"""Captions for scenes: names, synonyms and tags, with and without style and background, in several phrasings."""

from collections import Counter
from itertools import chain

import numpy as np

from models.clip.tokenizer import WORDS, clean
from models.training.data.colours import NAMES, parts, uncoloured
from models.training.data.icons import Icons
from models.training.data.scenes import Scenes

SINGLE = ["{a}", "{a}", "{name}", "a picture of {a}", "an icon of {a}", "a pictogram of {a}"]
PAIRS = [
    ["{a} to the left of {b}", "{a} left of {b}", "{b} to the right of {a}", "{b} right of {a}", "{a} next to {b}"],
    ["{a} above {b}", "{a} on top of {b}", "{b} below {a}", "{b} under {a}"],
]
STYLES = ["{what} in {style} style", "{what} in {style} style", "{what}, {style} style"]
OWN_COLOUR = 0.12  # share of the captions that say the colour an icon has
BACKGROUNDS = ["{what} on {a} background", "{what} on {a} background", "{what}, {name} background"]


def with_article(name: str) -> str:
    """'apple' -> 'an apple'; plurals ('grapes') stay bare."""
    if name.endswith("s") and not name.endswith(("ss", "us", "is")):
        return name
    return ("an " if name[0] in "aeio" or name.startswith("um") else "a ") + name


class Captions:
    """Writes a caption for a scene; `full` ones name style and background, others may leave them out."""

    def __init__(self, icons: Icons):
        self.icons, self.own = icons, parts(icons).own

    def called(self, rng: np.random.Generator, icon: int, colour: int = -1) -> str:
        """The concept's name, or sometimes a synonym or a tag, behind the colour that the icon took or, now and then,
        the one it has."""
        concept = self.icons.concepts[self.icons.concept[icon]]
        if colour < 0 and self.own[icon] >= 0 and rng.random() < OWN_COLOUR:
            colour = self.own[icon]
        if colour >= 0:
            name = concept["name"] if rng.random() < 0.8 else rng.choice([concept["name"], *concept["synonyms"]])
            name = uncoloured(name)
            if not set(NAMES).intersection(name.split()):
                return f"{NAMES[colour]} {name}"
            return concept["name"]
        luck = rng.random()
        if luck < 0.12 and concept["tags"]:
            return concept["tags"][rng.integers(len(concept["tags"]))]
        if luck < 0.3 and concept["synonyms"]:
            return concept["synonyms"][rng.integers(len(concept["synonyms"]))]
        return concept["name"]

    def write(self, rng: np.random.Generator, scenes: Scenes, full: bool = False) -> list[str]:
        return [self._one(rng, scenes[i], full) for i in range(len(scenes))]

    def sample(self, rng: np.random.Generator, scenes: Scenes, full: float, drop: float) -> tuple[list[str], bool]:
        """Captions of one training batch, and whether they are full ones.

        full: the share of batches with full captions. drop: the share of captions left empty, for guidance.
        """
        is_full = bool(rng.random() < full)
        captions = self.write(rng, scenes, is_full)
        dropped = rng.random(len(captions)) < drop
        return ["" if empty else text for empty, text in zip(dropped, captions, strict=True)], is_full

    def _one(self, rng: np.random.Generator, scene: Scenes, full: bool) -> str:
        def pick(phrases: list[str]) -> str:
            return phrases[rng.integers(len(phrases))]

        name = self.called(rng, int(scene.first), int(scene.colour))
        if scene.second < 0:
            text = pick(SINGLE).format(a=with_article(name), name=name)
        else:
            other = with_article(self.called(rng, int(scene.second)))
            text = pick(PAIRS[scene.relation]).format(a=with_article(name), b=other)
        if full or rng.random() < 0.6:
            text = pick(STYLES).format(what=text, style=self.icons.styles[self.icons.style[scene.first]])
        if full or rng.random() < 0.7:
            colour = self.icons.background_names[scene.background]
            text = pick(BACKGROUNDS).format(what=text, a=with_article(colour), name=colour)
        return text

    def plain(self, scenes: Scenes) -> list[str]:
        """The one canonical caption of each scene, for evaluation."""
        return [
            self.full(what, first, background)
            for what, first, background in zip(self.names(scenes), scenes.first, scenes.background, strict=True)
        ]

    def names(self, scenes: Scenes) -> list[str]:
        """What is in each scene, without style and background: "a blue fox", "a cat to the left of a drum"."""

        def name(icon: int, colour: int = -1) -> str:
            called = self.icons.concepts[self.icons.concept[icon]]["name"]
            return with_article(called if colour < 0 else f"{NAMES[colour]} {uncoloured(called)}")

        texts = []
        for first, second, relation, colour in zip(
            scenes.first, scenes.second, scenes.relation, scenes.colour, strict=True
        ):
            one = name(first, colour)
            texts.append(one if second < 0 else PAIRS[relation][0].format(a=one, b=name(second)))
        return texts

    def full(self, what: str, icon: int, background: int) -> str:
        """The canonical caption of something in this icon's style on this background."""
        style, colour = self.icons.styles[self.icons.style[icon]], self.icons.background_names[background]
        return f"{what} in {style} style on {with_article(colour)} background"

    def corpus(self) -> Counter:
        """Every name, synonym and tag with a weight, and the phrasings: what the tokenizer is trained on."""
        counts: Counter = Counter()
        for concept in self.icons.concepts:
            counts[concept["name"]] += 20
            counts.update(dict.fromkeys(concept["synonyms"], 5))
            counts.update(dict.fromkeys(concept["tags"], 5))
        texts = [*SINGLE, *chain(*PAIRS), *STYLES, *BACKGROUNDS, *self.icons.styles, *self.icons.background_names]
        for text in texts:
            counts[text.replace("{", "").replace("}", "")] += 1000
        return counts

    def words(self) -> set[str]:
        """Those that some caption holds."""
        texts = [*self.corpus(), *NAMES]
        return {word for text in texts for word in WORDS.findall(clean(text)) if word.isalpha()}
