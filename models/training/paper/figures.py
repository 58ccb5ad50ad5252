"""The pictures of docs/reports/paper.md: rows of what was drawn, nothing selected after drawing."""

import json
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from models.training.evaluation.set import FOLDER as EVALUATION
from models.training.evaluation.sheets import save, wrapped
from models.training.paper.questions import FOLDER as PAPER

GAP, LABEL, SIDE = 4, 24, 96
COLUMNS = 12  # of captions side by side
SHOWN = 4  # captions whose drawings at every setting are shown
GRIDS = ("1", "2")  # guidance at which the two systems are set side by side

Row = tuple[str, list[Path]]  # what it says at its left, and its pictures


def rows_sheet(rows: list[Row], path: Path, side: int = SIDE, heads: list[str] | None = None, left: int = 132) -> None:
    """Rows of pictures, each behind its label; heads stand over the columns."""
    font, widest = ImageFont.load_default(10), max(len(pictures) for _, pictures in rows)
    top = GAP + (LABEL if heads else 0)
    page = Image.new("RGB", (left + widest * (side + GAP) + GAP, top + len(rows) * (side + GAP)), "white")
    pen = ImageDraw.Draw(page)
    for column, head in enumerate(heads or []):
        pen.multiline_text((left + column * (side + GAP), 2), wrapped(head, side, font), "black", font, spacing=0)
    for row, (label, pictures) in enumerate(rows):
        down = top + row * (side + GAP)
        pen.multiline_text((GAP, down + 2), wrapped(label, left - 2 * GAP, font, most=6), "black", font, spacing=1)
        for column, picture in enumerate(pictures):
            page.paste(shown(picture, side), (left + column * (side + GAP), down))
    save(page, path)


def shown(path: Path, side: int) -> Image.Image:
    """Larger ones averaged down, smaller ones in whole pixels."""
    picture = Image.open(path).convert("RGB")
    return picture.resize((side, side), Image.Resampling.BOX if picture.width > side else Image.Resampling.BICUBIC)


class Figures:
    """One method a figure; each writes docs/pictures/paper-NAME.jpg from the folders of a run."""

    def __init__(self, folder: Path, evaluated: Path, docs: Path, text: str | None):
        """text: the name that the text decoder's drawings have, where there are any."""
        self.folder, self.evaluated, self.pictures, self.text = folder, evaluated, docs / "pictures", text
        self.captions = json.loads((EVALUATION / "captions.json").read_text())
        self.own = json.loads((PAPER / "prompts.json").read_text())

    def write(self, part: str) -> None:
        getattr(self, f"part{part}", lambda: None)()

    def save(self, name: str, rows: list[Row], **shape) -> None:
        rows_sheet(rows, self.pictures / f"paper-{name}.jpg", **shape)

    def caption(self, swept: str) -> str:
        name, place = swept.rsplit("-", 1)
        return self.own["open"][name][int(place)]

    def part1(self) -> None:
        drawn = self.evaluated / "drawn"
        folders = [
            ("real render", EVALUATION / "real"),
            ("z_t in the place of z_i", drawn / "z_t"),
            ("autoregressive prior", drawn / "autoregressive"),
            ("diffusion prior", drawn / "diffusion"),
        ]
        heads = [row["caption"] for row in self.captions["lists"]["held-out"]]
        numbers = [i for i in range(COLUMNS) if (drawn / "diffusion/held-out" / f"{i:03d}.png").exists()]
        rows = [(label, [folder / "held-out" / f"{i:03d}.png" for i in numbers]) for label, folder in folders]
        self.save("priors", rows, side=72, heads=[heads[i].split(" in ")[0] for i in numbers])

    def part3(self) -> None:
        rows = []
        for guidance in GRIDS:
            systems = {
                "unCLIP": self.folder / f"3/unclip-{guidance}",
                "text decoder": self.folder / f"3/{self.text}-{guidance}",
            }
            for caption in sorted(path.name for path in systems["unCLIP"].iterdir())[:3]:
                rows += [
                    (f"{name}, {guidance}: {self.caption(caption)}", sorted((folder / caption).glob("*.png")))
                    for name, folder in systems.items()
                ]
        self.save("diversity", rows, left=180)

    def part4(self) -> None:
        for name, prefix in (("decoder", "3/unclip-"), ("prior", "4/prior-")):
            start = Path(prefix).name
            folders = sorted(
                (self.folder / prefix).parent.glob(f"{start}*"), key=lambda path: float(path.name[len(start) :])
            )
            captions = sorted(path.name for path in folders[0].iterdir())[:SHOWN]
            rows = [(self.caption(caption), [folder / caption / "0.png" for folder in folders]) for caption in captions]
            self.save(f"guidance-{name}", rows, heads=[folder.name[len(start) :] for folder in folders])

    def part5(self) -> None:
        rows, heads = [], []
        for row in sorted((self.folder / "5/rows").iterdir()):
            pictures = sorted(row.glob("*.png"), key=lambda path: int(path.stem))
            heads = ["render", *(path.stem for path in pictures)]
            rows.append(("", [PAPER / self.own["between"][int(row.name)][0], *pictures]))
        self.save("dimensions", rows, side=112, heads=heads, left=GAP)

    def part6(self) -> None:
        rows = []
        for ends, row in zip(self.own["between"], sorted((self.folder / "6/between").iterdir()), strict=True):
            rows.append(("", [PAPER / ends[0], *numbered(row), PAPER / ends[1]]))
        self.save("between", rows, heads=["render", *[""] * (len(rows[0][1]) - 2), "render"], left=GAP)
        rows = [
            (f"from {turn['from']} to {turn['to']}", [PAPER / turn["image"], *numbered(row)])
            for turn, row in zip(
                self.own["differences"], sorted((self.folder / "6/differences").iterdir()), strict=True
            )
        ]
        self.save("differences", rows, heads=["render"])

    def part7(self) -> None:
        bindings = sorted((self.folder / "7/bindings").iterdir(), key=lambda path: int(path.name))[:8]
        rows = [
            (
                self.own["bindings"][int(row.name)]["caption"],
                [PAPER / self.own["bindings"][int(row.name)]["real"], *numbered(row)],
            )
            for row in bindings
        ]
        self.save("binding", rows, heads=["render", "seed 1", "seed 2"], left=180)
        rows = [
            (entry["caption"], [PAPER / entry["real"], *numbered(self.folder / "7/lettered" / str(i))])
            for i, entry in enumerate(self.own["lettered"])
        ]
        self.save("letters", rows, heads=["render", "drawn"], left=180)
        rows = [(caption, numbered(self.folder / "7/words" / str(i))) for i, caption in enumerate(self.own["words"])]
        self.save("words", rows, left=180)


def numbered(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.png"), key=lambda path: int(path.stem))
