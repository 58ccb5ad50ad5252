"""The judge as the repository keeps it: whatever is measured with it, here or elsewhere, can be compared.

python -m models.training.train judge
python -m models.training.evaluation.judge_weights     puts the judge just trained in its place
"""

import hashlib
import json
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file

from models.clip.network import Clip
from models.training.loop import load

FILE = Path(__file__).with_name("judge.safetensors")


def save_trained() -> None:
    """The averaged weights as fp16, and the record of their training."""
    state = load("judge")
    record = {**state["record"], "steps": state["step"], "minutes": round(state["seconds"] / 60, 1)}
    weights = {name: value.half().contiguous() for name, value in state["ema"].items()}
    save_file(weights, FILE, metadata={"record": json.dumps(record)})
    print(f"{FILE}: judge {name()}, {record['steps']:,} steps, {FILE.stat().st_size / 1e6:.1f} MB")


def judge() -> Clip:
    """Frozen, in fp32."""
    with safe_open(FILE, framework="pt") as file:
        config = json.loads(file.metadata()["record"])["config"]
        weights = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118 (a safetensors file has keys but is not iterable)
    model = Clip(config)
    model.load_state_dict(weights)
    return model.eval().requires_grad_(False)


def name() -> str:
    """What tells this judge from any other."""
    return hashlib.sha256(FILE.read_bytes()).hexdigest()[:8]


if __name__ == "__main__":
    save_trained()
