"""The networks of each family at full size, as its importer exports them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.training.eclipse import folder as eclipse
from models.training.full_size import shapes
from models.training.full_size.folders import RandomFolder, write_settings
from models.training.importing.folder import Pipeline
from models.training.importing.graphs import Loader, export, export_at_sizes
from models.training.kandinsky import convert as kandinsky_convert
from models.training.kandinsky import folder as kandinsky
from models.training.kandinsky import graphs as kandinsky_graphs
from models.training.kandinsky.plan import Plan as KandinskyPlan
from models.training.karlo import folder as karlo
from models.training.karlo import graphs as karlo_graphs
from models.training.karlo.plan import Plan as KarloPlan
from models.training.onnx_export import Network
from models.training.stable_unclip import convert as stable_convert
from models.training.stable_unclip import folder as stable
from models.training.stable_unclip import graphs as stable_graphs
from models.training.stable_unclip.plan import Plan as StablePlan

FACTOR = 8  # pixels for each number of a latent


@dataclass
class Family:
    """size: of pictures, in pixels. loaders: of every graph, given a folder for the settings. sizes: the rule for those
    that it draws; None: it draws one."""

    size: int
    loaders: Callable[[Path], dict[str, Loader]]
    sizes: dict | None = None

    def export(self, network: Network, folder: Path, precision: str) -> dict:
        """Returns the network's entry for bundle.json."""
        if self.sizes is None:
            return export(network, folder, precision)
        return export_at_sizes(network, folder, precision, sizes=self.sizes, default=self.size, factor=FACTOR)


def opened(folder: Path, pipeline: Pipeline, make: Callable[..., shapes.Parts], *given: int) -> RandomFolder:
    parts = shapes.without_numbers(make, *given)
    write_settings(folder, parts)
    return RandomFolder(folder, pipeline, tuple(parts))


def kandinsky_folders(folder: Path) -> tuple[RandomFolder, RandomFolder]:
    return (
        opened(folder / "prior", kandinsky.PRIOR, shapes.kandinsky_prior),
        opened(folder / "decoder", kandinsky.DECODER, shapes.kandinsky_decoder),
    )


def kandinsky_loaders(folder: Path) -> dict[str, Loader]:
    prior, decoder = kandinsky_folders(folder)
    return kandinsky_graphs.loaders(prior, decoder, KandinskyPlan.of(prior, decoder))


def karlo_loaders(folder: Path) -> dict[str, Loader]:
    text = opened(folder / "text", karlo.TEXT_TO_IMAGE, shapes.karlo_text)
    images = opened(folder / "images", karlo.VARIATIONS, shapes.karlo_images)
    return karlo_graphs.loaders(text, images, KarloPlan.of(text, images).sizes)


def stable_unclip_loaders(folder: Path, width: int) -> dict[str, Loader]:
    """Without Karlo's prior, whose networks are Karlo's."""
    images = opened(folder / "images", stable.IMAGES, shapes.stable_unclip, width)
    return stable_graphs.loaders(images, None, StablePlan.of(images, None))


def eclipse_loaders(folder: Path, width: int) -> dict[str, Loader]:
    write_settings(folder, {".": shapes.without_numbers(shapes.eclipse, width)})
    prior = RandomFolder(folder, eclipse.PIPELINE, ())
    return {"prior": lambda: (eclipse.prior_network(prior.network("."), width), {})}


FAMILIES = {
    "karlo": Family(256, karlo_loaders),
    "kandinsky-2-2": Family(512, kandinsky_loaders, kandinsky_convert.SIZES),
    "stable-unclip-l": Family(768, lambda folder: stable_unclip_loaders(folder, 768), stable_convert.SIZES),
    "stable-unclip-h": Family(768, lambda folder: stable_unclip_loaders(folder, 1024), stable_convert.SIZES),
    "eclipse-karlo": Family(256, lambda folder: eclipse_loaders(folder, 768)),
    "eclipse-kandinsky-2-2": Family(512, lambda folder: eclipse_loaders(folder, 1280)),
}
