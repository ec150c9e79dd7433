"""Datasets as the tutorial of 2021 opens them."""
# ruff: noqa: N999 - the name is the API of 2021

from __future__ import annotations

import importlib
from typing import Any

from hyperpose_core.build import get_dataset as _get_dataset
from hyperpose_core.config import Config
from hyperpose_core.contracts import Dataset
from hyperpose_core.errors import PluginError

_SAMPLES = {"COCOMeta": "hyperpose_coco.meta", "MPIIMeta": "hyperpose_mpii.meta"}


def get_dataset(config: Config) -> Dataset:
    """Open the dataset that a configuration names; see `hyperpose_core.build.get_dataset`."""
    return _get_dataset(config)


def __getattr__(name: str) -> Any:
    """Return `COCOMeta` or `MPIIMeta`, what filters see, from the distributions that bring them.

    Raises:
        PluginError: the distribution is not installed.
    """
    if name not in _SAMPLES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    package = _SAMPLES[name].partition(".")[0]
    try:
        return getattr(importlib.import_module(_SAMPLES[name]), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package:
            raise
        distribution = package.replace("_", "-")
        raise PluginError(f"{name} needs {distribution}: pip install {distribution}") from error
