"""What training takes from the image tower of picto 2.0, once: its weights, and the space of its z_i.

    python -m models.training.tower_weights GRAPH       writes checkpoints/teacher.safetensors and space.safetensors

GRAPH: clip-image.onnx of that bundle (commit 38b9523 or later, before picto 2.1).
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from models.decoder.recolour import COLOURS
from models.training import compact
from models.training.context import Context
from models.training.data.scenes import single_scenes
from models.training.embedding_space import FILE as SPACE
from models.training.embedding_space import Space
from models.training.teacher import FILE, embed, tower
from models.training.tensor_file import save_tensors


def tower_weights(path: Path) -> dict[str, Tensor]:
    """The state of ImageTower that computes what the graph computes."""
    graph = onnx.load(path).graph
    stored = {one.name.removesuffix("_fp16"): numpy_helper.to_array(one) for one in graph.initializer}
    user = {name: node for node in graph.node for name in node.input}
    state = tower().state_dict()
    norms = [node for node in graph.node if node.op_type == "InstanceNormalization"]
    affine = []
    for norm in norms:  # Reshape, then Mul by the weight and Add of the bias
        scaled = user[user[norm.output[0]].output[0]]
        affine += [stored[scaled.input[1]], stored[user[scaled.output[0]].input[1]]]
    named = {name.removeprefix("clip.image."): value for name, value in stored.items() if name.startswith("clip.")}
    state["centre"] = -torch.from_numpy(named.pop("tower.11.weight_bias").copy()).float()
    for name, value in state.items():
        inner = name.removeprefix("encoder.")
        if inner in named:
            value.copy_(torch.from_numpy(named[inner].copy()))
        elif inner != "centre":
            value.copy_(torch.from_numpy(affine.pop(0).reshape(-1).copy()))
    return state


def space(module: nn.Module) -> Space:
    """The whitening of this image tower's z_i of training icons, and the directions in which they differ least."""
    context = Context("cpu")
    icon, background = (part.ravel() for part in np.indices((context.icons.count, len(context.icons.backgrounds))))
    seen = np.isin(icon, context.sampler.allowed)
    z = torch.from_numpy(embed(module, context.painter(), single_scenes(icon[seen], background[seen])))
    mean, std = z.mean(dim=0), z.std(dim=0)
    vectors = torch.linalg.eigh(torch.cov(((z - mean) / std).T)).eigenvectors
    return Space(mean, std, vectors[:, : len(COLOURS)].contiguous())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", type=Path)
    graph = parser.parse_args().graph
    weights, module = tower_weights(graph), tower()
    module.load_state_dict(weights)
    compact.save(weights, {"stage": "image", "from": str(graph)}, FILE)
    save_tensors(vars(space(module.eval())), SPACE)


if __name__ == "__main__":
    main()
