"""HyperPose as its tutorial of 2021 uses it: `from hyperpose import Config, Model, Dataset`."""

from __future__ import annotations

from hyperpose import Config, Dataset, Model
from hyperpose_core.support.version import __version__

__all__ = ["Config", "Dataset", "Model", "__version__"]
