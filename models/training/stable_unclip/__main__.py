"""Converts Stable unCLIP 2.1, as published on the Hugging Face hub, to a bundle.

    python -m models.training.stable_unclip FOLDER [--prior KARLO] --licence FILE --out BUNDLE [--precision fp16]

FOLDER is that of stabilityai/stable-diffusion-2-1-unclip (h) or stable-diffusion-2-1-unclip-small (l). l takes the
prior of kakaobrain/karlo-v1-alpha, whose folder is KARLO, and then draws captions; h draws from pictures only. The
weights are under CreativeML Open RAIL++-M, whose text --licence names. See docs/guide/stable-unclip.md.
"""

from pathlib import Path

from models.training.importing.command import licence_text, parser, whole_or_nothing
from models.training.importing.folder import Folder
from models.training.karlo.folder import TEXT_TO_IMAGE
from models.training.stable_unclip import convert
from models.training.stable_unclip.folder import IMAGES

LICENCE = "CreativeML Open RAIL++-M"
ATTRIBUTION = "Stable unCLIP 2.1 by Stability AI (https://github.com/Stability-AI/stablediffusion)."
PRIOR_LICENCE, PRIOR_CREDIT = "prior: CreativeML OpenRAIL-M", "Prior: Karlo v1-alpha by Kakao Brain."
PRIOR_PARTS = ("prior", "text_encoder", "tokenizer", "prior_scheduler")


def main() -> None:
    options = parser("models.training.stable_unclip", "Stable unCLIP 2.1")
    options.add_argument("folder", type=Path)
    options.add_argument("--prior", type=Path, metavar="KARLO", help="the folder of kakaobrain/karlo-v1-alpha")
    given = options.parse_args()
    terms = licence_text(given.licence, given.folder / "LICENSE")
    images = Folder(given.folder, IMAGES, (*IMAGES.networks, *IMAGES.schedulers, *IMAGES.others))
    prior = given.prior and Folder(given.prior, TEXT_TO_IMAGE, PRIOR_PARTS)
    facts = {
        "name": given.name or "stable-unclip",
        "version": "2.1.0",
        "licence": f"{LICENCE}; {PRIOR_LICENCE}" if prior else LICENCE,
        "attribution": f"{ATTRIBUTION} {PRIOR_CREDIT}" if prior else ATTRIBUTION,
    }
    whole_or_nothing(
        given.out,
        lambda: convert.write(images, prior, given.out, terms=terms, kind=given.precision, facts=facts),
    )


if __name__ == "__main__":
    main()
