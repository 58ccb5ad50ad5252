"""Contact sheets of docs: captions that fit, files that stay small."""

from pathlib import Path

from PIL import Image

MOST_BYTES = 400_000


def wrapped(caption: str, width: int, font, most: int = 2) -> str:
    """The first `most` lines of it."""
    lines = [""]
    for word in caption.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines[:most])


def save(page: Image.Image, path: Path, most: int = MOST_BYTES) -> None:
    """As a JPEG, as good as fits into `most` bytes."""
    for quality in (92, 85, 75, 60):
        page.save(path, quality=quality, subsampling=0)
        if path.stat().st_size <= most:
            return
