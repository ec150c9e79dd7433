"""AddedDataset: a user's own training images beside those of a dataset."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_training.feeding.convert import convert_samples
from hyperpose_training.feeding.training_data import TrainingData, training_data

if TYPE_CHECKING:
    from hyperpose_coco.userdef.added import AddedData
    from hyperpose_core.config import DataConfig
    from hyperpose_core.contracts import Dataset
    from hyperpose_core.registry import Registry


@dataclass
class AddedDataset:
    """A dataset with added training images, or (`official` false) with these alone.

    Everything else is the dataset's own.
    """

    base: Dataset
    added: AddedData
    official: bool = True

    @property
    def skeleton(self) -> Skeleton:
        """That of the dataset: the added people are annotated in it."""
        return self.base.skeleton

    def train_samples(self) -> list[Sample]:
        """Return the dataset's own images, unless they are switched off, and the added ones."""
        return [
            *(self.base.train_samples() if self.official else ()),
            *self.added.samples(self.skeleton),
        ]

    def training_data(self, config: DataConfig, to: Skeleton, registry: Registry) -> TrainingData:
        """Return what the dataset gives, and the added images, which filters do not see.

        Raises:
            ConfigError: the dataset is a combination with weights.
        """
        data = TrainingData([])
        if self.official:
            data = training_data(self.base, config, to, registry, may_lack=True)
        if data.shares:
            raise ConfigError(
                "images cannot be added to datasets with weights: add them to one of the datasets"
            )
        added = convert_samples(self.added.samples(self.skeleton), self.skeleton, to, registry)
        counts = {**data.counts, "added": len(added)}
        return TrainingData([*data.samples, *added], data.dropped, counts=counts)

    def evaluate(
        self, humans: Mapping[int | str, Any], image_ids: Collection[int | str] | None = None
    ) -> Mapping[str, float]:
        """Score predictions as the dataset does."""
        return self.base.evaluate(humans, image_ids)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        if name == "base":  # not there yet, while an object is copied
            raise AttributeError(name)
        return getattr(self.base, name)
