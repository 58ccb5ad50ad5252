"""`scheduler` in bundle.json, in the words of diffusers' scheduler_config.json (see models/bundle/scheduler.ts)."""

BETAS = {
    "cosine": {"betaSchedule": "squaredcos_cap_v2"},
    "linear": {"betaSchedule": "linear", "betaStart": 1e-4, "betaEnd": 0.02},
    "scaled_linear": {"betaSchedule": "scaled_linear", "betaStart": 0.00085, "betaEnd": 0.012},
}


def scheduler(
    kind: str,
    prediction: str,
    *,
    variance: str = "fixed_small",
    clip: float | None = 1.0,
    timesteps: int = 1000,
) -> dict:
    """kind: of BETAS. prediction: epsilon, sample or v_prediction. clip: the largest |x0|; None: x0 is not clamped."""
    return {
        "numTrainTimesteps": timesteps,
        **BETAS[kind],
        "timestepSpacing": "linspace",
        "predictionType": prediction,
        "varianceType": variance,
        **({} if clip is None else {"clipSampleRange": clip}),
    }
