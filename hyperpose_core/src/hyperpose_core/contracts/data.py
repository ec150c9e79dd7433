"""Data: datasets, and what scores and writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hyperpose_core.data.humans import Human
from hyperpose_core.data.samples import Sample
from hyperpose_core.skeletons import Skeleton

if TYPE_CHECKING:
    from hyperpose_core.config import Config, DataConfig
    from hyperpose_core.data.raw import RawSample, RawSplit
    from hyperpose_core.registry import Registry


class Dataset(Protocol):
    """Annotated images, and the official way to score predictions on them.

    A dataset may also have `raw_samples(split) -> Iterable[data.raw.RawSample]`: everybody whom
    the files of a split name, people without keypoints and crowds too, whether or not the images
    are there. `hyperpose check-data` and `hyperpose convert` ask it, else `eval_samples`. What is
    annotated is a `person`, where it has no other `category_name`.

    It may have `check_images(samples) -> None`, which raises DataError where files of these samples
    are not there, and says how to get them. It is asked for those that the filters keep, before
    anything is trained or scored on them; other missing files are left out with a warning.

    One that is put together of others may have `training_data(config, to, registry)`, which the
    trainer asks in place of `train_samples`: its documentation says what that returns.
    """

    skeleton: Skeleton

    def train_samples(self) -> Iterable[Sample]: ...

    def eval_samples(self) -> Iterable[Sample]:
        """Return every image of the evaluation split, also those in which nobody is annotated."""
        ...

    def evaluate(
        self,
        humans: Mapping[int | str, Sequence[Human]],
        image_ids: Sequence[int | str] | None = None,
    ) -> Mapping[str, float]:
        """Score predictions: image id to people in this dataset's skeleton.

        Args:
            image_ids: the images to score on, all of the evaluation split where None; one that has
                no predictions counts as one in which nobody was found.

        Returns:
            the numbers, the official one first; -1, as pycocotools has it, or NaN for one that
            cannot be measured because there is nothing to find.
        """
        ...

    def to_results(self, humans: Mapping[int | str, Sequence[Human]]) -> list[dict[str, Any]]:
        """Return predictions in the dataset's submission format, ready for JSON."""
        ...


class DatasetFactory(Protocol):
    """Opens a dataset from the group `data`; DataError says what is missing and how to get it."""

    def __call__(self, config: DataConfig) -> Dataset: ...


class CombinationFactory(Protocol):
    """Opens the datasets of `data.datasets` as one, the dataset that is registered as `MULTIPLE`.

    What it opens has `training_data` (`Dataset`) and `evaluated_data`, the settings of the dataset
    that is scored on.
    """

    def __call__(self, config: Config, registry: Registry) -> Dataset: ...

    def members(self, config: Config) -> list[Config]:
        """Return for each dataset the whole configuration with it alone; the model has its
        keypoints for the first. ConfigError says what cannot be combined.
        """
        ...


class AddedData(Protocol):
    """What `data.added` holds: more images to train on."""

    def added_to(self, dataset: Dataset, official: bool) -> Dataset:
        """Return the dataset with these images, or (`official` false) with these alone to train on.

        Everything else is the dataset's own.
        """
        ...


@dataclass(frozen=True)
class Score:
    """What a scorer found.

    Args:
        metrics: the numbers by name, in their official order; AP in [0, 1], PCKh in percent, as
            their protocols print them.
        protocol: what makes them comparable: dataset, split, number of images, thresholds, kinds
            of mean, sigmas.
        tables: further tables by title, each a list of rows that are dictionaries with the same
            keys: the error split, PCKh by joint.
    """

    metrics: Mapping[str, float]
    protocol: Mapping[str, Any]
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


class Scorer(Protocol):
    """Scores a result file of anybody's on a dataset; `DatasetSpec.scorer` names it."""

    def __call__(
        self, results: Path, *, ground_truth: Path | None, config: DataConfig, metric: str | None
    ) -> Score:
        """Read and score a result file.

        Args:
            ground_truth: an annotation file; None: that of the dataset in `config.path`.
            config: folder, version and `eval_split` where there is no `ground_truth`.
            metric: one of those that the scorer has; None: the dataset's official one.

        Raises:
            InputError: the results cannot be read, or there is no such metric.
            DataError: the ground truth cannot be read.
        """
        ...


class Metric(Protocol):
    """Numbers on predictions, of any dataset; `MetricSpec` names it.

    Its further arguments have names, and users give them: `pck(threshold=0.1)`.
    """

    def __call__(
        self,
        truth: Sequence[RawSample],
        found: Mapping[int | str, Sequence[Human]],
        skeleton: Skeleton,
        **arguments: Any,
    ) -> Score:
        """Compare what was found with what is annotated.

        Args:
            truth: every image that is scored on, also those in which nobody is annotated; who is
                to be found in one says `RawSample.wanted`.
            found: image id to people, surest first or not, in pixels of the image; an image that is
                not there is one in which nobody was found. The keypoints are float64 as a result
                file holds them, those that were not found with a place and the score 0.
            skeleton: names the keypoints of both, and has the sigmas of OKS where there are any.

        Returns:
            the numbers, the first one that by which training may keep the best model; NaN for what
            cannot be measured. The protocol says what makes them comparable, its `unit` is
            `percent`, `pixels` or parts of 1.

        Raises:
            InputError: the metric is not for this skeleton, or not for these annotations.
        """
        ...


class AnnotationReader(Protocol):
    """Reads annotations of one file format; `AnnotationFormatSpec.reader` names it."""

    def __call__(self, source: Path, split: str, **options: Any) -> RawSplit:
        """Read everybody whom the files of one split name.

        Args:
            source: a file of the format, or the folder that holds it.
            split: which images; a file without splits has only one.
            options: those of `images` (the folder of the image files), `category`, `version` and
                `keypoints` (a `Skeleton` that names them) that the reader has a keyword for and
                that are given; the user hears of any other.

        Returns:
            images and people, and in `lost` what was left out, with counts.

        Raises:
            DataError: the files cannot be read, or are malformed; it names the file and the place.
        """
        ...


class AnnotationWriter(Protocol):
    """Writes annotations in one file format; `AnnotationFormatSpec.writer` names it."""

    def __call__(self, split: RawSplit, target: Path, **options: Any) -> Sequence[str]:
        """Write one split, whose keypoints are in the format's skeleton where it has one.

        Args:
            target: a file, or a folder where the format is several files.
            options: `files` (what becomes of the image files: `link`, `copy` or `none`), where the
                writer has a keyword for it and it is given.

        Returns:
            what the format cannot carry, with counts, each a part of a sentence; nothing where
            nothing is lost.

        Raises:
            InputError: the file cannot be written, or the samples do not fit the format.
        """
        ...
