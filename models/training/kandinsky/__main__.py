"""Converts Kandinsky 2.2, as published on the Hugging Face hub, to a bundle.

    python -m models.training.kandinsky PRIOR DECODER --out BUNDLE [--precision fp16] [--without-images]

PRIOR and DECODER are the folders of kandinsky-community/kandinsky-2-2-prior and kandinsky-2-2-decoder. --eclipse FOLDER
puts ECLIPSE's prior in the place of Kandinsky's. The weights are under Apache-2.0, whose text is taken from this
repository unless --licence names a file. See docs/guide/kandinsky.md.
"""

from pathlib import Path

from models.training.eclipse.folder import Eclipse, add_options
from models.training.importing.command import licence_text, parser, whole_or_nothing
from models.training.importing.folder import Folder
from models.training.kandinsky import convert
from models.training.kandinsky.folder import DECODER, PRIOR

APACHE = Path(__file__).parents[3] / "LICENSE"
ATTRIBUTION = (
    "Kandinsky 2.2 by Sber AI and AIRI (https://github.com/ai-forever/Kandinsky-2); CLIP ViT-bigG/14 by LAION."
)


def main() -> None:
    options = parser("models.training.kandinsky", "Kandinsky 2.2")
    options.add_argument("prior", type=Path)
    options.add_argument("decoder", type=Path)
    options.add_argument(
        "--without-images",
        action="store_true",
        help="leave out the encoders of pictures, 4 GB, that only pictures need",
    )
    add_options(options)
    given = options.parse_args()
    terms = licence_text(given.licence, given.prior / "LICENSE", APACHE)
    prior = Folder(given.prior, PRIOR, (*PRIOR.networks, *PRIOR.others, "scheduler"))
    decoder = Folder(given.decoder, DECODER, (*DECODER.networks, "scheduler"))
    eclipse = Eclipse.of(given)
    facts = {
        "name": given.name or "kandinsky-2-2",
        "version": "1.0.0",
        "licence": "Apache-2.0",
        "attribution": ATTRIBUTION,
    }
    whole_or_nothing(
        given.out,
        lambda: convert.write(
            prior,
            decoder,
            given.out,
            terms=terms,
            kind=given.precision,
            facts=facts,
            images=not given.without_images,
            eclipse=eclipse,
        ),
    )


if __name__ == "__main__":
    main()
