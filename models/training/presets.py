"""The presets of bundle.json: steps and guidance for draft, standard and best.

Inversion takes more steps than drawing: x shows what the memory does not hold only in small steps.
"""


def preset(
    prior_steps: int,
    prior_samples: int,
    guidance: float,
    decoder_steps: int,
    upsampler_steps: tuple[int, int],
    inversion_steps: int | None = None,
) -> dict:
    return {
        "prior": {
            "diffusion": {
                "sampler": "dpm-solver++",
                "steps": prior_steps,
                "guidance": guidance,
                "priorSamples": prior_samples,
            },
            # Each of its draws is a pass for every coefficient, so it is given the paper's two.
            "autoregressive": {"guidance": 1.0, "temperature": 0.5, "priorSamples": min(prior_samples, 2)},
        },
        "decoder": {
            "sampler": "dpm-solver++",
            "steps": decoder_steps,
            **({} if inversion_steps is None else {"inversionSteps": inversion_steps}),
            "guidance": 1.0,
        },
        "upsamplers": [{"sampler": "ddim", "steps": steps} for steps in upsampler_steps],
    }


PRESETS = {
    "draft": preset(6, 1, 1.0, 2, (2, 2), 12),
    "standard": preset(12, 2, 1.0, 3, (2, 2), 20),
    "best": preset(24, 8, 1.0, 8, (4, 2), 40),
}
