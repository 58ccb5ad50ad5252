"""Converts Karlo v1-alpha, as published on the Hugging Face hub, to a bundle.

    python -m models.training.karlo KARLO --images VARIATIONS --out BUNDLE [--precision fp16] [--upsampler-1024 BUNDLE]

KARLO is the folder of kakaobrain/karlo-v1-alpha. VARIATIONS is that of kakaobrain/karlo-v1-alpha-image-variations; only
its image_encoder and feature_extractor are read. The licence of the weights (CreativeML OpenRAIL-M) must accompany
them: it is read from KARLO/LICENSE or --licence FILE. --upsampler-1024 appends the last stage of another bundle, such
as picto's, because Karlo ends at 256 px. See docs/guide/karlo.md.
"""

from pathlib import Path

from models.training.eclipse.folder import Eclipse, add_options
from models.training.importing.command import licence_text, parser, whole_or_nothing
from models.training.importing.folder import Folder, check_same
from models.training.karlo import convert
from models.training.karlo.folder import SHARED, TEXT_TO_IMAGE, VARIATIONS
from models.training.karlo.upsampler import ShippedUpsampler

LICENCE = "CreativeML OpenRAIL-M"
ATTRIBUTION = "Karlo v1-alpha by Kakao Brain (https://github.com/kakaobrain/karlo); CLIP ViT-L/14 by OpenAI."


def main() -> None:
    options = parser("models.training.karlo", "Karlo v1-alpha")
    options.add_argument("karlo", type=Path)
    options.add_argument("--images", type=Path, required=True)
    options.add_argument(
        "--upsampler-1024", type=Path, metavar="BUNDLE", help="a bundle whose last stage is put behind Karlo's"
    )
    add_options(options)
    given = options.parse_args()
    terms = licence_text(given.licence, given.karlo / "LICENSE")
    text = Folder(given.karlo, TEXT_TO_IMAGE, ("prior", *SHARED, "tokenizer", *TEXT_TO_IMAGE.schedulers))
    images = Folder(given.images, VARIATIONS, ("image_encoder", "feature_extractor"))
    check_same(text, images)
    upsampler = given.upsampler_1024 and ShippedUpsampler.of(
        given.upsampler_1024, text.config("super_res_first")["sample_size"]
    )
    eclipse = Eclipse.of(given)
    attribution = " ".join([ATTRIBUTION, *([upsampler.credit()] if upsampler else [])])
    facts = {"name": given.name or "karlo", "version": "1.0.0", "licence": LICENCE, "attribution": attribution}
    whole_or_nothing(
        given.out,
        lambda: convert.write(
            text,
            images,
            given.out,
            terms=terms,
            kind=given.precision,
            upsampler=upsampler,
            eclipse=eclipse,
            facts=facts,
        ),
    )


if __name__ == "__main__":
    main()
