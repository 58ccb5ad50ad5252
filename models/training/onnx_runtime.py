"""The only module that imports ONNX Runtime: its builds send telemetry unless this variable is set when it starts."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

from onnxruntime import InferenceSession  # noqa: E402
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static  # noqa: E402

__all__ = ["CalibrationDataReader", "InferenceSession", "QuantFormat", "QuantType", "quantize_static"]
