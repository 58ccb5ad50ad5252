"""The presets that bundle.json carries: how many steps and how much guidance, for a sketch, for every day, for the best."""


def preset(prior_steps: int, draws: int, decoder_steps: int, upsampler_steps: tuple[int, int]) -> dict:
    return {
        "prior": {"sampler": "dpm-solver++", "steps": prior_steps, "guidance": 2.0, "draws": draws},
        # Each of its draws is a pass for every coefficient, so it is given the paper's two.
        "autoregressive": {"guidance": 1.0, "temperature": 0.5, "draws": min(draws, 2)},
        "decoder": {"sampler": "dpm-solver++", "steps": decoder_steps, "guidance": 1.0},
        "upsamplers": [{"sampler": "ddim", "steps": steps} for steps in upsampler_steps],
    }


PRESETS = {
    "draft": preset(6, 1, 3, (3, 2)),
    "standard": preset(12, 4, 5, (6, 4)),
    "best": preset(32, 8, 16, (12, 8)),
}
