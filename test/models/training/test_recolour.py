"""Recoloured icons: what changes, what stays, and the code of a colour in z_i."""

import torch

from models.decoder.recolour import palette, recoloured
from models.training.data.colours import NAMES, names, part, shared, taken, uncoloured
from models.training.embedding_space import LENGTH, Space

RED, LEAF = torch.tensor([0.9, 0.1, 0.1]), torch.tensor([0.2, 0.7, 0.2])


def apple() -> torch.Tensor:
    """(4, 16, 16): red with a dark lower half, a green leaf in a corner, transparent right edge."""
    layer = torch.ones(4, 16, 16)
    layer[:3] = RED[:, None, None]
    layer[:3, 8:] *= 0.6
    layer[:3, :4, :4] = LEAF[:, None, None]
    layer[:, :, 14:] = 0
    return layer


def test_the_dominant_hue_becomes_the_colour_and_the_rest_stays() -> None:
    layer = apple()
    tint, fits = (torch.from_numpy(found)[None] for found in part(layer))
    assert NAMES[int(fits.argmax())] in ("red", "brown")
    blue = palette()[NAMES.index("blue")]
    painted = recoloured(layer[None], tint, blue[None], torch.ones(1))[0]
    upper, lower = painted[:3, 5, 5], painted[:3, 12, 5]
    assert NAMES[int(names(lower[None]).argmax())] == "blue"
    assert upper.sum() > lower.sum()  # the shading is kept
    torch.testing.assert_close(painted[:3, 1, 1], LEAF)
    torch.testing.assert_close(painted[3], layer[3])
    assert not painted[:, :, 14:].any()


def test_a_share_of_none_changes_nothing() -> None:
    layer = apple()
    tint = torch.from_numpy(part(layer)[0])[None]
    torch.testing.assert_close(recoloured(layer[None], tint, palette()[:1], torch.zeros(1))[0], layer)


def test_neutral_things_take_a_colour_too() -> None:
    layer = torch.full((4, 8, 8), 0.6)
    layer[3] = 1
    tint = torch.from_numpy(part(layer)[0])[None]
    green = palette()[NAMES.index("green")]
    painted = recoloured(layer[None], tint, green[None], torch.ones(1))[0]
    torch.testing.assert_close(painted[:3, 4, 4], green, atol=0.02, rtol=0)


def test_names_lose_the_colour_before_them() -> None:
    assert [uncoloured(name) for name in ("red apple", "orange", "black nib", "leafy green")] == [
        "apple",
        "orange",
        "nib",
        "leafy green",
    ]


def test_embeddings_encode_the_colour() -> None:
    torch.manual_seed(0)
    directions = torch.linalg.qr(torch.randn(64, len(NAMES)))[0]
    space = Space(mean=torch.randn(64) * 0.05, std=torch.full((64,), 0.1), directions=directions)
    white = torch.randn(len(NAMES), 64)
    coded = space.coded(white, torch.eye(len(NAMES)))
    decoded = coded @ directions
    assert decoded.argmax(dim=1).tolist() == list(range(len(NAMES)))
    assert decoded.diagonal().min() > LENGTH / 2
    torch.testing.assert_close(space.colour(coded).norm(dim=1), torch.ones(len(NAMES)))


def test_a_name_in_a_colour_is_of_one_concept() -> None:
    concepts = ["red apple", "green apple", "black cat", "cat", "fox", "blue heart", "red heart"]
    free = {
        name: {colour for colour, barred in zip(NAMES, row, strict=True) if not barred}
        for name, row in zip(concepts, taken(concepts), strict=True)
    }
    every = set(NAMES)
    assert free["red apple"] == every - {"red", "green"}  # the first of its name
    assert free["cat"] == every - {"black"}  # the one without a colour
    assert free["fox"] == every
    assert free["green apple"] == free["black cat"] == free["red heart"] == set()
    assert free["blue heart"] == every - {"red", "blue"}
    assert list(shared(concepts)) == [True, True, True, True, False, True, True]
