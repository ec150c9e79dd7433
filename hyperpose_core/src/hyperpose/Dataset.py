"""Datasets as the tutorial of 2021 opens them."""
# ruff: noqa: N999 - the name is the API of 2021

from __future__ import annotations

import contextlib
import functools
from pathlib import Path
from typing import Any

from hyperpose._needed import needed
from hyperpose._parts import parts_of
from hyperpose._renamed import DATASET as _RETIRED
from hyperpose._renamed import DATASET_METHODS, Retired, retired
from hyperpose.Config import DATA, MODEL, TRAIN, info
from hyperpose_core.build import get_dataset as _get_dataset
from hyperpose_core.config import Config
from hyperpose_core.contracts import Dataset
from hyperpose_core.runs import Run

__all__ = ["DATA", "MODEL", "TRAIN", "get_dataset", "get_pretrain_dataset", "log"]

log = info
_SAMPLES = {"COCOMeta": "hyperpose_coco.meta", "MPIIMeta": "hyperpose_mpii.meta"}


def get_dataset(config: Config) -> Dataset:
    """Open the dataset that a configuration names; see `hyperpose_core.build.get_dataset`.

    The dataset gets methods of 2021, unless it has them: `visualize(vis_num=10, save_dir=None)`
    draws training samples into a folder, `data_vis_dir` of the run by default, and returns their
    paths; `get_parts`, `get_colors`, `get_dataset_type`; others say what to write instead.
    """
    dataset = _get_dataset(config)
    skeleton = dataset.skeleton
    methods: dict[str, Any] = {
        "visualize": functools.partial(_visualize, dataset, config),
        "get_parts": lambda: parts_of(skeleton, background=False),
        "get_colors": lambda: [list(color) for color in skeleton.colors],
        "get_dataset_type": lambda: DATA[config.data.type],
        **{name: Retired(f"dataset.{name}", words) for name, words in DATASET_METHODS.items()},
    }
    for name, method in methods.items():
        if not hasattr(type(dataset), name):
            with contextlib.suppress(AttributeError):  # an object with slots stays as it is
                object.__setattr__(dataset, name, method)  # dataclasses may be frozen
    return dataset


def get_pretrain_dataset(config: Config) -> Dataset:
    """Open the images on which `Model.get_pretrain` trains: `Config.set_pretrain_dataset_path`."""
    from hyperpose._pretrain import get_pretrain

    return _get_dataset(get_pretrain(config).config)


def _visualize(
    dataset: Dataset, config: Config, vis_num: int = 10, save_dir: str | Path | None = None
) -> list[Path]:
    folder = Run.of(config).pictures("data") if save_dir is None else save_dir
    draw = needed("hyperpose_datatools.browsing:visualize", "visualize")
    paths: list[Path] = draw(dataset, config, vis_num, folder)
    return paths


def __getattr__(name: str) -> Any:
    """Return `Base_dataset`; or `COCOMeta` or `MPIIMeta`, what filters see, from the distributions
    that bring them; or what says that a name of 2021 is not here.

    Raises:
        PluginError: the distribution is not installed.
    """
    if name == "Base_dataset":
        from hyperpose._base_dataset import Base_dataset

        return Base_dataset
    if name in _SAMPLES:
        return needed(f"{_SAMPLES[name]}:{name}", name)
    return retired(__name__, _RETIRED, name)
