"""The stages in the order of training, each with its default budget in minutes on two CPU cores."""

from models.training.stages.autoregressive import AutoregressiveTask
from models.training.stages.clip import JUDGE, ClipTask
from models.training.stages.decoder import DecoderTask
from models.training.stages.image import ImageTask
from models.training.stages.text import TextTask
from models.training.stages.upsampler import UpsamplerTask

STAGES = {
    "clip": (ClipTask, 24),
    "image": (ImageTask, 30),
    "text": (TextTask, 75),
    "autoregressive-prior": (AutoregressiveTask, 75),
    "decoder": (DecoderTask, 75),
    "upsampler-256": (lambda context: UpsamplerTask(context, "upsampler-256"), 10),
    "upsampler-1024": (lambda context: UpsamplerTask(context, "upsampler-1024"), 10),
}

# Trained by name only and not part of the bundle: the judge of the evaluations.
APART = {
    "judge": (lambda context: ClipTask(context, "judge", JUDGE), 32),
}
