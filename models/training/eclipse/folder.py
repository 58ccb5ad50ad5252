"""Reads ECLIPSE's prior, which takes the place of a model's own prior in its bundle."""

import argparse
import shutil
from dataclasses import dataclass
from pathlib import Path

from models.training.eclipse.prior import EXTRA_TOKENS, PriorTransformer
from models.training.importing.command import licence_text
from models.training.importing.folder import Folder, Pipeline, check_equal
from models.training.importing.graphs import export
from models.training.importing.networks import example_caption, normal
from models.training.onnx_export import Network

LICENCE = "openrail++"
CREDIT = "ECLIPSE prior by Patel et al. (https://eclipse-t2i.vercel.app)."
GUIDANCE = 7.5  # of the decoder, as in ECLIPSE's own examples
PIPELINE = Pipeline(
    name="ECLIPSE",
    model="ECLIPSE",
    networks={".": PriorTransformer},  # the repository is the network's own folder
    form={
        ".": {
            "additional_embeddings": EXTRA_TOKENS,
            "added_emb_type": "prd",
            "encoder_hid_proj_type": "linear",
            "norm_in_type": None,
            "embedding_proj_norm_type": None,
            "embedding_proj_dim": None,
            "clip_embed_dim": None,
        }
    },
)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--eclipse", type=Path, metavar="FOLDER", help="ECLIPSE's prior, in place of the model's own")
    parser.add_argument("--eclipse-licence", type=Path, metavar="FILE")


def prior_network(prior: PriorTransformer, width: int) -> Network:
    dimensions, length = prior.config["embedding_dim"], prior.config["num_embeddings"]
    given = {"x": normal(dimensions), **example_caption(dimensions, length, width)}
    return Network("prior-direct.onnx", prior, given, ["prediction"])


@dataclass
class Eclipse:
    """The prior and the text of its licence."""

    prior: PriorTransformer
    terms: Path

    @classmethod
    def of(cls, given: argparse.Namespace) -> "Eclipse | None":
        """From the options of `add_options`. Raises Refused for a folder that holds no prior of ECLIPSE."""
        if given.eclipse is None:
            return None
        terms = licence_text(given.eclipse_licence, given.eclipse / "LICENSE", option="--eclipse-licence")
        return cls(Folder(given.eclipse, PIPELINE, ()).network("."), terms)

    def check(self, dimensions: int, length: int) -> None:
        """Raises Refused, naming what differs, unless it fits a CLIP of this width and context."""
        config = self.prior.config
        check_equal({"ECLIPSE's embedding_dim": config["embedding_dim"], "the width of CLIP": dimensions})
        check_equal({"ECLIPSE's num_embeddings": config["num_embeddings"], "the tokenizer's length": length})

    def write(self, folder: Path, kind: str, width: int) -> dict:
        """Writes graph and licence. Returns `prior` of bundle.json. width: of the text states."""
        shutil.copy(self.terms, folder / "LICENSE.eclipse")
        return {"direct": {"network": export(prior_network(self.prior, width), folder, kind)}}

    @staticmethod
    def presets(presets: dict[str, dict]) -> dict[str, dict]:
        """Those of the model, changed for this prior."""
        prior = {"direct": {"priorSamples": 1}}
        return {
            name: {**preset, "prior": prior, "decoder": {**preset["decoder"], "guidance": GUIDANCE}}
            for name, preset in presets.items()
        }

    @staticmethod
    def facts(facts: dict) -> dict:
        """Facts of the model, with the prior's licence and authors."""
        return {
            **facts,
            "licence": f"{facts['licence']}; prior: {LICENCE}",
            "attribution": f"{facts['attribution']} {CREDIT}",
        }
