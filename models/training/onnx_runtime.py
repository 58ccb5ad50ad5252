"""The only module that imports ONNX Runtime: its builds send telemetry unless this variable is set when it starts."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

from onnxruntime import InferenceSession

__all__ = ["InferenceSession"]
