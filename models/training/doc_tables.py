"""Measured parts of a document stand between markers, so that the program that measured them can write them anew."""

from pathlib import Path


def replace(document: Path, name: str, text: str) -> None:
    """Puts text between <!-- name --> and <!-- /name -->; a document without them is a mistake, not a place to append."""
    old = document.read_text()
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if old.count(begin) != 1 or old.count(end) != 1:
        raise SystemExit(f"{document} must hold {begin} and {end} once")
    before, rest = old.split(begin)
    document.write_text(f"{before}{begin}\n\n{text}\n\n{end}{rest.split(end)[1]}")
