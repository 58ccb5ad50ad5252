"""The decoder's memory draws an icon as it is and in the colour that z_i encodes."""

import torch

from models.decoder.memory import BARRED, IconMemory
from models.decoder.text_network import TextDecoder

SIDE = 54
RED, BLUE = torch.tensor([0.9, 0.1, 0.1]), torch.tensor([0.1, 0.2, 0.9])


def memory() -> IconMemory:
    """Two icons in a space of 4 + 2 dimensions, the last two for the code of red and blue: a red square and a grey one,
    the second of which cannot be recoloured."""
    made = IconMemory(6, icons=2, components=2, backgrounds=1, side=SIDE, recolours=2)
    made.metric[:4, :4] = 4 * torch.eye(4)
    made.keys[0, 0] = made.keys[1, 1] = 16.0
    made.values.copy_(torch.eye(2))
    for row, colour in ((made.components[0], RED), (made.fine_components[0], torch.full((3,), 0.5))):
        row.copy_(torch.cat([colour, torch.ones(1)]).repeat_interleave(SIDE * SIDE))
    made.code[4, 0] = made.code[5, 1] = 4.0
    made.own_codes[:, 0] = torch.tensor([12.0, 0.0])
    made.other_codes.copy_(12 * torch.eye(2))
    made.barred[0, 0] = made.barred[1, :] = BARRED
    made.tint[0] = torch.tensor([1.0, 0.0, 0.0, 0.35])
    made.palette.copy_(torch.stack([RED, BLUE]))
    return made


def drawn(white: list[float]) -> torch.Tensor:
    """The colour in the middle of the picture, 0 to 1."""
    picture, _ = memory()(torch.tensor([white], dtype=torch.float32))
    return (picture[0, :, 32, 32] + 1) / 2


def test_an_icon_in_its_own_colour_stays_as_it_is() -> None:
    torch.testing.assert_close(drawn([4, 0, 0, 0, 3, 0]), RED, atol=0.02, rtol=0)


def test_another_code_recolours_the_same_icon() -> None:
    torch.testing.assert_close(drawn([4, 0, 0, 0, 0, 3]), BLUE, atol=0.05, rtol=0)


def test_icons_without_a_dominant_part_stay_as_they_are() -> None:
    torch.testing.assert_close(drawn([0, 4, 0, 0, 0, 3]), torch.full((3,), 0.5), atol=0.02, rtol=0)


def test_embeddings_lead_to_their_icons() -> None:
    made = memory()
    embeddings = made.embeddings(torch.tensor([0, 1]))
    torch.testing.assert_close(embeddings @ made.metric, made.keys.T, atol=1e-4, rtol=0)
    torch.testing.assert_close(embeddings @ made.code, made.own_codes.T, atol=1e-4, rtol=0)


def test_codes_that_overshoot_are_familiar() -> None:
    made = memory()
    nearness = [made(torch.tensor([[4.0, 0, 0, 0, 0, length]]))[1][0, 0] for length in (3.0, 9.0)]
    torch.testing.assert_close(*nearness)
    torch.testing.assert_close(drawn([4, 0, 0, 0, 0, 9]), BLUE, atol=0.05, rtol=0)


def test_the_noised_picture_chooses_between_icons_that_the_caption_leaves_open() -> None:
    mixer = {"block": 16, "width": 8, "hidden": 8, "layers": 1}
    model = TextDecoder(6, condition=8, memory=memory().shape, mixer=mixer)
    model.memory.load_state_dict(memory().state_dict())
    z_t = torch.tensor([[2.0, 2.0, 0, 0, 3, 0]]).repeat(2, 1)
    real, _ = memory()(torch.tensor([[4.0, 0, 0, 0, 3, 0], [0, 4.0, 0, 0, 3, 0]]))
    t = torch.full((2,), 500)
    alpha, sigma = model.levels(t)
    x = alpha * real + sigma * torch.randn(real.shape, generator=torch.Generator().manual_seed(0))
    known, _ = model.known(x, t, z_t)
    torch.testing.assert_close(known, real, atol=0.02, rtol=0)
