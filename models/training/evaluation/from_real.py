"""The decoder by itself, from the image tower's z_i of 200 seen and 200 held-out renders, with fresh noise:

    python -m models.training.evaluation.from_real [--steps 5] [--weights FILE]

Prints PSNR and the deviation of pixels where the render is flat, beside those of the memory alone.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from models.training import compact
from models.training.context import Context
from models.training.data.scenes import single_scenes
from models.training.evaluation.set import held_out
from models.training.loop import load
from models.training.stages.decoder import DecoderTask, flat_deviation, psnr, sample
from models.training.teacher import embed, tower

SEED, COUNT = 20261129, 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--weights", type=Path, help="a file of models/training/checkpoints in place of the checkpoint")
    options = parser.parse_args()
    context = Context("cpu")
    task, rng = DecoderTask(context), np.random.default_rng(SEED)
    weights = compact.load(options.weights)[0] if options.weights else load("decoder")["ema"]
    task.model.load_state_dict(weights, strict=False)
    image = tower().eval()
    image.load_state_dict(load("image")["ema"])
    seen = single_scenes(
        rng.choice(context.sampler.allowed, COUNT, replace=False),
        rng.integers(len(context.icons.backgrounds), size=COUNT),
    )
    for name, scenes in (("seen", seen), ("held-out", held_out(context.icons, rng, COUNT // 2))):
        real, z = task.painter.draw(scenes), torch.from_numpy(embed(image, task.painter, scenes))
        noise = torch.randn(real.shape, generator=torch.Generator().manual_seed(SEED))
        drawn = sample(task.model.eval(), task.process, z, noise, options.steps)
        with torch.no_grad():
            memory = task.model.memory(task.model.whiten(z))[0]
        facts = {"set": name, "psnr": psnr(drawn, real), "memory": psnr(memory, real)}
        facts |= {"flat": flat_deviation(drawn, real), "flat_real": flat_deviation(real, real)}
        if name == "held-out":  # a style or a background that no training drew of this concept
            facts["psnr_style"] = psnr(drawn[: COUNT // 2], real[: COUNT // 2])
        print(json.dumps({key: value if isinstance(value, str) else round(value, 4) for key, value in facts.items()}))


if __name__ == "__main__":
    main()
