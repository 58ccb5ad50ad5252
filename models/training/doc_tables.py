"""Updates the measured tables of a document, which stand between markers."""

from pathlib import Path


def replace(document: Path, name: str, text: str) -> None:
    """Replaces the text between <!-- name --> and <!-- /name -->. Raises SystemExit unless each marker occurs once."""
    old = document.read_text()
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if old.count(begin) != 1 or old.count(end) != 1:
        raise SystemExit(f"{document} must hold {begin} and {end} once")
    before, rest = old.split(begin)
    document.write_text(f"{before}{begin}\n\n{text}\n\n{end}{rest.split(end)[1]}")
