"""The space of z_i that every stage shares: its whitening, and the directions that encode the colour of the thing.

Contrast leaves the colour of a recoloured icon to chance: the image tower of picto 2.0 encoded it in 46% of 1,500. So
colour has directions of its own. In 11 of 256 directions the z_i of all training icons hardly differ (0.0005 of a
whitened dimension's variance); there z_i holds the code of the colour, and the image tower is trained to see it.
"""

from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

FILE = Path("models/training/checkpoints/space.safetensors")
LENGTH = 3.0  # of a colour's code, in deviations of a dimension


@dataclass
class Space:
    """mean, std (D) of z_i; directions (D, colours), orthonormal in whitened z_i."""

    mean: Tensor
    std: Tensor
    directions: Tensor

    @staticmethod
    def load(device: str = "cpu") -> "Space":
        return Space(**{name: value.to(device) for name, value in load_file(FILE).items()})

    def whiten(self, z: Tensor) -> Tensor:
        return (z - self.mean) / self.std

    def colour(self, white: Tensor) -> Tensor:
        """The inverse of `whiten`."""
        return white * self.std + self.mean

    def coded(self, white: Tensor, names: Tensor) -> Tensor:
        """white (..., D) with the code of a colour in the place of what the directions held, at unit length again.

        names (..., colours): shares of each name; all zeros for none."""
        code = F.normalize(names, dim=-1) * LENGTH
        bare = white - white @ self.directions @ self.directions.T
        return self.whiten(F.normalize(self.colour(bare + code @ self.directions.T), dim=-1))

    def bare(self, white: Tensor) -> Tensor:
        """Without what the directions of colour hold."""
        return white - white @ self.directions @ self.directions.T
