"""What the engine is told of captions (`scenes` in bundle.json), so that it can settle what one leaves open and draw two things
apart: models/scene/reader.ts."""

from models.training.data.captions import with_article
from models.training.data.icons import Icons

# By where the first of two things stands: what training writes between them, and what people write. " a": only before an
# article, since names hold these words, too ("fork and knife", "sunrise over mountains", "no one under eighteen").
RELATIONS = {
    "left": ["to the left of", "left of", "next to", "beside", "and a"],
    "right": ["to the right of", "right of"],
    "above": ["above", "on top of", "over a"],
    "below": ["below", "underneath", "beneath", "under a"],
}


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
    }
