"""Added data: a user's own training images beside those of a dataset."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hyperpose_core.contracts import Dataset
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton


class AddedSamples(Protocol):
    """What `data.added` holds."""

    def samples(self, skeleton: Skeleton) -> list[Sample]:
        """Return the images as samples of a skeleton; DataError says what is wrong with which."""
        ...


@dataclass
class AddedDataset:
    """A dataset with added training images, or (`official` false) with these alone.

    Everything else is the dataset's own.
    """

    base: Dataset
    added: AddedSamples | None
    official: bool = True

    @property
    def skeleton(self) -> Skeleton:
        """That of the dataset: the added people are annotated in it."""
        return self.base.skeleton

    def train_samples(self) -> list[Sample]:
        """Return the dataset's own images, unless they are switched off, and the added ones."""
        return [*(self.base.train_samples() if self.official else ()), *self.added_samples()]

    def added_samples(self) -> list[Sample]:
        """Return the added images; filters do not see them."""
        return [] if self.added is None else self.added.samples(self.skeleton)

    def evaluate(
        self, humans: Mapping[int | str, Any], image_ids: Collection[int | str] | None = None
    ) -> Mapping[str, float]:
        """Score predictions as the dataset does."""
        return self.base.evaluate(humans, image_ids)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        if name == "base":  # not there yet, while an object is copied
            raise AttributeError(name)
        return getattr(self.base, name)


def with_added(dataset: Dataset, added: AddedSamples | None, official: bool) -> Dataset:
    """Return a dataset with what `data.added` and `data.official` say.

    Raises:
        ConfigError: nothing is left to train on.
    """
    if added is None and official:
        return dataset
    if added is None:
        raise ConfigError(
            "data.official is false and there is no added data: add some with "
            "Config.set_useradd_data, or train on the dataset's own images too"
        )
    return AddedDataset(dataset, added, official)  # type: ignore[return-value]
