"""Appends the last upsampler of another bundle to Karlo's, which ends at 256 pixels."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from models.training.importing.folder import Refused, read_json


@dataclass
class ShippedUpsampler:
    """An upsampler as its bundle describes it."""

    folder: Path
    entry: dict  # of "upsamplers"
    samplings: dict[str, dict]  # by preset
    files: list[str]
    name: str
    attribution: str

    @classmethod
    def of(cls, folder: Path, size: int) -> "ShippedUpsampler":
        """The stage of a bundle that starts at `size`. Raises Refused if there is none or a file of it is missing."""
        described = read_json(folder / "bundle.json")
        places = [place for place, entry in enumerate(described["upsamplers"]) if entry["from"] == size]
        if not places:
            raise Refused(f"{folder}: has no upsampler from {size} pixels")
        entry = described["upsamplers"][places[0]]
        graphs = [entry[key]["file"] for key in ("network", "last") if entry.get(key)]
        files = [
            name
            for name in described["files"]
            if any(name == graph or name.startswith(f"{graph}.") for graph in graphs)
        ]
        missing = [name for name in files if not (folder / name).is_file()]
        if missing:
            raise Refused(f"{folder / missing[0]}: is missing")
        samplings = {preset: values["upsamplers"][places[0]] for preset, values in described["presets"].items()}
        name = f"{described['name']} {described['version']} ({described['licence']})"
        return cls(folder, entry, samplings, files, name, described["attribution"])

    def copy(self, folder: Path) -> None:
        for name in self.files:
            if (folder / name).exists():
                raise Refused(f"{self.folder / name}: Karlo's bundle has a file of this name")
            shutil.copy(self.folder / name, folder / name)

    def credit(self) -> str:
        return f"Upsampler to {self.entry['to']} pixels: {self.name}. {self.attribution}"
