"""What a bundle says about captions: its concepts (models/clip/concepts.ts), and `scenes` (models/scene/parse.ts).

With `scenes` the engine chooses the style and background that a caption leaves open, and draws two objects separately.
"""

from models.training.data.captions import with_article
from models.training.data.colours import NAMES
from models.training.data.icons import Icons

# Phrases between two objects by the position of the first, from training captions and from common usage. Those ending
# in " a" match before an article only, because names contain the words too ("fork and knife", "sunrise over
# mountains").
RELATIONS = {
    "left": ["to the left of", "left of", "next to", "beside", "and a"],
    "right": ["to the right of", "right of"],
    "above": ["above", "on top of", "over a"],
    "below": ["below", "underneath", "beneath", "under a"],
}

PARTS = {"and", "in", "of", "on", "or", "with", "without"}


def scenes(icons: Icons) -> dict:
    return {
        "attributes": [
            {"noun": "style", "alone": True, "values": {style: f"in {style} style" for style in icons.styles}},
            {
                "noun": "background",
                "alone": False,
                "values": {name: f"on {with_article(name)} background" for name in icons.background_names},
            },
        ],
        "relations": [{"first": first, "phrases": phrases} for first, phrases in RELATIONS.items()],
        "kinds": kinds(icons),
        "colours": NAMES,
    }


def kinds(icons: Icons) -> dict[str, list[str]]:
    """The last words of names that are no name or synonym themselves, with those names: tree, "a palm tree". Names with
    a preposition end in a part of the thing ("a bowl with spoon") and are left out."""
    known = {text for concept in icons.concepts for text in (concept["name"], *concept["synonyms"])}
    found: dict[str, list[str]] = {}
    for concept in icons.concepts:
        words = concept["name"].split()
        if len(words) > 1 and words[-1] not in known and not PARTS.intersection(words):
            found.setdefault(words[-1], []).append(with_article(concept["name"]))
    return found


def concepts(icons: Icons) -> list[dict]:
    """Names, and the emoji that captions may have in their place."""
    return [{"name": concept["name"], "emoji": emoji(concept["hexcode"])} for concept in icons.concepts]


def emoji(hexcode: str) -> str:
    """The characters of "2764-FE0F"."""
    return "".join(chr(int(code, 16)) for code in hexcode.split("-"))
