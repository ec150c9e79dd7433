"""Training data: what a dataset, or several, give to train on: filtered, in one skeleton."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hyperpose_core.contracts import Dataset
from hyperpose_core.data import filters
from hyperpose_core.data.added import AddedDataset
from hyperpose_core.data.convert import convert_samples
from hyperpose_core.data.multiple import Member, MultipleDataset
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError, DataError
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.skeletons.converters import check_common

if TYPE_CHECKING:
    from hyperpose_core.config import DataConfig
    from hyperpose_core.registry import Registry


class Share(NamedTuple):
    """Samples that follow one another, and how many of the training's images they are to be."""

    size: int
    weight: float


@dataclass
class TrainingData:
    """What training sees.

    Args:
        samples: in the model's skeleton; a keypoint that their dataset lacks is not `labelled`.
        dropped: how many each filter refused, by the filter's name.
        shares: the samples of each dataset with its weight; none where every image counts alike.
        counts: how many images each dataset gives, by name.
    """

    samples: list[Sample]
    dropped: dict[str, int] = field(default_factory=dict)
    shares: list[Share] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def training_data(
    dataset: Dataset, config: DataConfig, to: Skeleton, registry: Registry
) -> TrainingData:
    """Return the training samples of a dataset in a model's skeleton.

    Args:
        config: the filters; each dataset of a combination has its own besides.
        to: the model's skeleton.

    Raises:
        DataError: a dataset has no training image, or none that its filters keep.
        ConfigError: a filter fails; a dataset has no keypoint of the model's; or there is added
            data in a weighted combination.
    """
    if isinstance(dataset, AddedDataset):
        return _with_added(dataset, config, to, registry)
    if isinstance(dataset, MultipleDataset):
        return _combined(dataset.members, to, registry)
    kept = filters.apply(dataset.train_samples(), config, registry)
    converted = convert_samples(kept.samples, dataset.skeleton, to, registry)
    check_common(dataset.skeleton, to, registry)
    return TrainingData(converted, kept.dropped, counts={config.type: len(converted)})


def _with_added(
    dataset: AddedDataset, config: DataConfig, to: Skeleton, registry: Registry
) -> TrainingData:
    data = TrainingData([])
    if dataset.official:
        data = training_data(dataset.base, config, to, registry)
    if data.shares:
        raise ConfigError(
            "images cannot be added to datasets with weights: add them to one of the datasets"
        )
    added = convert_samples(dataset.added_samples(), dataset.skeleton, to, registry)
    counts = {**data.counts, "added": len(added)}
    return TrainingData([*data.samples, *added], data.dropped, counts=counts)


def _combined(members: Sequence[Member], to: Skeleton, registry: Registry) -> TrainingData:
    result = TrainingData([])
    for member in members:
        part = training_data(member.dataset, member.data, to, registry)
        if not part.samples:
            raise DataError(
                f"no training image of {member.name} is left; check its folder and its filters"
            )
        result.samples += part.samples
        result.counts[member.name] = len(part.samples)
        for name, count in part.dropped.items():
            result.dropped[f"{name} of {member.name}"] = count
        if member.data.weight is not None:
            result.shares.append(Share(len(part.samples), member.data.weight))
    return result
