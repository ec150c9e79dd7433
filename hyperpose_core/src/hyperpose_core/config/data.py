"""The settings of `data`: which images, and how they are varied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from hyperpose_core.config.calls import AugmentationCall, FilterCall
from hyperpose_core.config.coerce import MismatchError
from hyperpose_core.config.group import Group
from hyperpose_core.config.rules import NotEmpty, Part, Positive, Rule, between, given
from hyperpose_core.errors import ConfigError

MEMBER_SETTINGS = (
    *("type", "path", "version", "train_split", "eval_split"),
    *("filters", "official", "options", "weight"),
    *("filter", "userdef_dataset", "added"),
)
"""What may be said of one dataset of several; what varies the images is said once for all."""


def _is_dataset(value: Any) -> bool:
    return callable(value) or hasattr(value, "train_samples") or hasattr(value, "get_train_dataset")


_DATASET = given("called with the configuration, or a dataset", _is_dataset)
_ADDED = given(
    "made by Config.set_useradd_data", lambda added: callable(getattr(added, "added_to", None))
)
_SCALE = Rule(lambda scale: 0 < scale[0] <= scale[1], "more than 0, the smaller first")


@dataclass
class DataConfig(Group):
    """Which images, and how they are varied."""

    type: NotEmpty = "Synthetic"
    """The dataset."""
    path: str | None = None
    """The folder that holds it; None: the dataset's own default."""
    version: str | None = None
    """Which version of the dataset; None: its default."""
    train_split: str = "train"
    """The split to train on."""
    eval_split: str = "val"
    """The split to evaluate on."""
    filter: Callable[[Any], bool] | None = None
    """Your own filter, from Python only: gets a sample of the dataset, True keeps it."""
    filters: list[FilterCall] = field(default_factory=list)
    """Named filters, with arguments where they take some; a sample is kept when all keep it."""
    filter_eval: bool = False
    """Filter the evaluation split too; the report says so."""
    userdef_dataset: Annotated[Any, _DATASET] = None
    """Your own dataset, from Python only: a class called with the configuration, or an object."""
    datasets: list[DatasetConfig] = field(default_factory=list)
    """Datasets to train on together, each with its `type`, and as needed `path`, `version`,
    `train_split`, `eval_split`, `filters`, `options` and `weight`; `type` becomes `MULTIPLE`."""
    weight: Positive | None = None
    """In one of `datasets`: its part of the training images, relative to the others' weights. None
    for all of them: every image counts alike."""
    eval_dataset: str | None = None
    """Which of `datasets` is evaluated on, by its type, or by its place in the list from 1; None:
    the first."""
    added: Annotated[Any, _ADDED] = None
    """More training images, from Python only: what `hyperpose.Config.set_useradd_data` makes."""
    official: bool = True
    """Train on the dataset's own images; false: on the added ones alone."""
    strict: bool = False
    """An image that cannot be read is an error instead of being skipped and counted."""
    augment: bool = True
    """Vary the training images: by `rotation`, `scale`, `shift`, `flip` and `color`, by
    `augmentations` and `augmentation`; false: by nothing."""
    rotation: Annotated[float, between(0, 180)] = 30.0
    """Largest rotation either way, in degrees."""
    scale: Annotated[tuple[float, float], _SCALE] = (0.6, 1.2)
    """Smallest and largest size of the image's fit into the input."""
    shift: Part = 0.15
    """Largest shift either way, in parts of the input size."""
    flip: Part = 0.5
    """Probability of a horizontal flip."""
    color: Part = 0.2
    """Strength of the changes of brightness, contrast and saturation; 0 switches them off."""
    augmentations: list[AugmentationCall] = field(default_factory=list)
    """Named augmentations, with arguments where they take some, in the order in which they change
    an image, after size, angle, position, side and colour."""
    augmentation: Callable[[Any, Any], Any] | None = None
    """Your own augmentation, from Python only: gets a `contracts.PlacedImage` and a seed; the
    last."""
    options: dict[str, Any] = field(default_factory=dict)
    """For the dataset's plugin."""


@dataclass
class DatasetConfig(DataConfig):
    """One of `data.datasets`: the settings of `data` that say which images."""

    @classmethod
    def from_setting(cls, value: Any) -> DatasetConfig:
        """Make one from a table of its settings, or return the one that is given.

        Raises:
            ConfigError: it is no table, or a setting is wrong, or of no single dataset.
        """
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            raise MismatchError
        for key in value:
            if key not in MEMBER_SETTINGS:
                known = ", ".join(MEMBER_SETTINGS)
                raise ConfigError(f"a dataset has no {key!r}; there are {known}")
        if "type" not in value and "userdef_dataset" not in value:
            raise ConfigError("each dataset needs its type")
        return cls(**value)
