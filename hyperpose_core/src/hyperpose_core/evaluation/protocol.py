"""The protocol of an evaluation: what its numbers were measured on, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from hyperpose_core.build.skeleton import USERDEF
from hyperpose_core.config import Config, DataConfig
from hyperpose_core.contracts import Dataset
from hyperpose_core.data.humans import Human
from hyperpose_core.registry import Registry
from hyperpose_core.specs import DatasetSpec


def protocol_of(
    config: Config,
    dataset: Dataset,
    registry: Registry,
    humans: Mapping[int | str, Sequence[Human]],
) -> dict[str, Any]:
    """Return the protocol of an evaluation.

    Args:
        humans: the people found, by image; every image that was looked at is there.
    """
    data, settings = evaluated_data(dataset, config), config.eval
    nobody = sum(not any(human.found.any() for human in people) for people in humans.values())
    return {
        "dataset": data.type,
        "version": data.version or _default_version(data, registry),
        "split": data.eval_split,
        "images": len(humans),
        "images_without_predictions": nobody,
        "images_without_predictions_count": True,
        "keypoints": dataset.skeleton.name,
        **_own(dataset),
        "input_size": list(config.model.size),
        "fit": settings.fit,
        "scales": list(settings.scales),
        "flip": settings.flip,
        "precision": settings.precision,
        "limit": settings.limit,
        "filtered": config.data.filter_eval,
        "weights": settings.weights,
    }


def evaluated_data(dataset: Dataset, config: Config) -> DataConfig:
    """Return the settings of the dataset that is scored on; one of several says which."""
    return cast(DataConfig, getattr(dataset, "evaluated_data", config.data))


def _default_version(data: DataConfig, registry: Registry) -> str | None:
    if data.userdef_dataset is not None or data.type == USERDEF:
        return None
    spec = cast(DatasetSpec, registry.get("dataset", data.type))
    return next(iter(spec.versions), None)


def _own(dataset: Dataset) -> dict[str, Any]:
    """Return what the dataset itself says of its numbers, where it has a method `protocol`."""
    protocol = getattr(dataset, "protocol", None)
    return dict(protocol()) if callable(protocol) else {}
