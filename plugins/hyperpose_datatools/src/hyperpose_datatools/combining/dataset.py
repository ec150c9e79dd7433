"""MultipleDataset: several datasets that are trained on together, and scored on one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hyperpose_core.build import get_dataset
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError
from hyperpose_core.skeletons import Skeleton
from hyperpose_datatools.combining.members import evaluated_index, member_configs, named_members
from hyperpose_training.feeding.convert import convert_samples
from hyperpose_training.feeding.training_data import Share, TrainingData, training_data

if TYPE_CHECKING:
    from hyperpose_core.config import Config, DataConfig
    from hyperpose_core.contracts import Dataset
    from hyperpose_core.registry import Registry

Id = int | str


@dataclass(frozen=True)
class Member:
    """One of the datasets.

    Args:
        name: its type, with a number where another has the same.
        data: its settings, among them filters and weight.
    """

    name: str
    dataset: Dataset
    data: DataConfig


class MultipleDataset:
    """A `contracts.Dataset` of several, opened from a configuration that lists them.

    Training gets the members one by one, each from its own skeleton; who asks for `train_samples`
    gets them all in the skeleton of the one that is evaluated on.

    Raises:
        ConfigError: as `member_configs`; or `data.eval_dataset` is none of them.
    """

    def __init__(self, config: Config, registry: Registry) -> None:
        self.registry = registry
        self.opened = tuple(
            Member(name, get_dataset(one, registry), one.data)
            for name, one in named_members(config).items()
        )
        self.evaluated = self.opened[evaluated_index(config.data)]

    @staticmethod
    def members(config: Config) -> list[Config]:
        """Return the configuration of each; errors as `member_configs`."""
        return member_configs(config)

    @property
    def evaluated_data(self) -> DataConfig:
        """The settings of the one that is evaluated on."""
        return self.evaluated.data

    @property
    def skeleton(self) -> Skeleton:
        """That of the dataset that is evaluated on."""
        return self.evaluated.dataset.skeleton

    def train_samples(self) -> list[Sample]:
        """Return the training images of all, neither filtered nor weighted."""
        return [
            sample
            for member in self.opened
            for sample in convert_samples(
                member.dataset.train_samples(),
                member.dataset.skeleton,
                self.skeleton,
                self.registry,
            )
        ]

    def training_data(self, config: DataConfig, to: Skeleton, registry: Registry) -> TrainingData:
        """Return what each member gives by its own settings, and how they share the images.

        Raises:
            DataError: a member gives nothing; it says which.
        """
        result = TrainingData([])
        for member in self.opened:
            try:
                part = training_data(member.dataset, member.data, to, registry)
            except DataError as error:
                raise DataError(f"{member.name} of data.datasets: {error}") from error
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

    def eval_samples(self) -> Any:
        """Return the evaluation images of the one that is evaluated on."""
        return self.evaluated.dataset.eval_samples()

    def evaluate(
        self, humans: Mapping[Id, Any], image_ids: Sequence[Id] | None = None
    ) -> Mapping[str, float]:
        """Score predictions on the one that is evaluated on."""
        return self.evaluated.dataset.evaluate(humans, image_ids)

    def to_results(self, humans: Mapping[Id, Any]) -> list[dict[str, Any]]:
        """Return predictions in its submission format."""
        return self.evaluated.dataset.to_results(humans)

    def __getattr__(self, name: str) -> Any:
        """What is asked of a dataset besides is asked of the one that is evaluated on."""
        if name in ("opened", "evaluated", "registry"):  # not there yet, while it is copied
            raise AttributeError(name)
        return getattr(self.evaluated.dataset, name)
