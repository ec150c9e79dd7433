"""Training data: what a dataset, or several, give to train on: filtered, in one skeleton."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from hyperpose_core.data import filters
from hyperpose_core.data.image_files import check_there
from hyperpose_core.data.samples import Sample, samples_from
from hyperpose_core.errors import DataError
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.skeletons.converters import check_common
from hyperpose_training.feeding.convert import convert_samples

if TYPE_CHECKING:
    from hyperpose_core.config import DataConfig
    from hyperpose_core.contracts import Dataset
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
    dataset: Dataset,
    config: DataConfig,
    to: Skeleton,
    registry: Registry,
    *,
    may_lack: bool = False,
) -> TrainingData:
    """Return the training samples of a dataset in a model's skeleton.

    A dataset that is put together of others answers for itself, by its own method `training_data`
    (`contracts.Dataset`).

    Args:
        config: the filters; each dataset of a combination has its own besides.
        to: the model's skeleton.
        may_lack: whether the dataset may give nothing, because images of others come besides.

    Raises:
        DataError: a dataset has no training image, or none that its filters keep.
        ConfigError: a filter fails; a dataset has no keypoint of the model's; or there is added
            data in a weighted combination.
    """
    if puts_together(dataset):
        combined: TrainingData = dataset.training_data(config, to, registry)  # type: ignore[attr-defined]
        return combined
    samples = samples_from(dataset, "train_samples")
    kept = filters.apply(samples, config, registry)
    if not kept.samples and may_lack:
        return TrainingData([], kept.dropped, counts={config.type: 0})
    if not kept.samples:
        filtered = f": the filters drop all {len(samples)}" if samples else ""
        raise DataError(
            f"no training image is left of {config.type}{filtered}; check the dataset's folder and "
            f"its filters"
        )
    check_there(dataset, kept.samples)
    converted = convert_samples(kept.samples, dataset.skeleton, to, registry)
    check_common(dataset.skeleton, to, registry)
    return TrainingData(converted, kept.dropped, counts={config.type: len(converted)})


def puts_together(dataset: Dataset) -> bool:
    """Say whether a dataset has the method `training_data`, as those made of several have."""
    return callable(getattr(dataset, "training_data", None))
