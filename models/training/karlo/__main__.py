"""Converts Karlo v1-alpha, as published on the Hugging Face hub, to a bundle.

    python -m models.training.karlo KARLO --images VARIATIONS --out BUNDLE [--precision fp16] [--upsampler-1024 BUNDLE]

KARLO is the folder of kakaobrain/karlo-v1-alpha. VARIATIONS is that of kakaobrain/karlo-v1-alpha-image-variations; only
its image_encoder and feature_extractor are read. The licence of the weights (CreativeML OpenRAIL-M) must accompany
them: it is read from KARLO/LICENSE or --licence FILE. --upsampler-1024 appends the last stage of another bundle, such
as picto's, because Karlo ends at 256 px. See docs/guide/bundles.md.
"""

import argparse
import shutil
from pathlib import Path

from models.training.karlo import convert
from models.training.karlo.folder import OTHERS, SHARED, TEXT_TO_IMAGE, VARIATIONS, Folder, Refused, check_same
from models.training.karlo.upsampler import ShippedUpsampler

LICENCE = "CreativeML OpenRAIL-M"
ATTRIBUTION = "Karlo v1-alpha by Kakao Brain (https://github.com/kakaobrain/karlo); CLIP ViT-L/14 by OpenAI."
SCHEDULERS = tuple(name for name in OTHERS if name.endswith("_scheduler"))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m models.training.karlo", description="Converts Karlo v1-alpha to a bundle."
    )
    parser.add_argument("karlo", type=Path)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--precision", choices=("fp32", "fp16"), default="fp32")
    parser.add_argument("--licence", type=Path)
    parser.add_argument(
        "--upsampler-1024", type=Path, metavar="BUNDLE", help="a bundle whose last stage is put behind Karlo's"
    )
    parser.add_argument("--name", default="karlo")
    given = parser.parse_args()
    if given.out.exists():
        raise Refused(f"{given.out}: exists")
    terms = given.licence or given.karlo / "LICENSE"
    if not terms.is_file():
        raise Refused(
            f"{terms}: is missing. The licence of the weights must go with them: name its text with --licence"
        )
    text = Folder(given.karlo, TEXT_TO_IMAGE, ("prior", *SHARED, "tokenizer", *SCHEDULERS))
    images = Folder(given.images, VARIATIONS, ("image_encoder", "feature_extractor"))
    check_same(text, images)
    upsampler = given.upsampler_1024 and ShippedUpsampler.of(
        given.upsampler_1024, text.config("super_res_first")["sample_size"]
    )
    attribution = " ".join([ATTRIBUTION, *([upsampler.credit()] if upsampler else [])])
    try:
        convert.write(
            text,
            images,
            given.out,
            terms=terms,
            kind=given.precision,
            upsampler=upsampler,
            facts={"name": given.name, "version": "1.0.0", "licence": LICENCE, "attribution": attribution},
        )
    except BaseException:
        shutil.rmtree(given.out, ignore_errors=True)  # half a bundle would be refused by the engine, and only there
        raise


if __name__ == "__main__":
    main()
