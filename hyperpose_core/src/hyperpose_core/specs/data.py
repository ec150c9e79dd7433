"""Specs of what knows annotations: datasets, filters, skeletons, formats, metrics."""

from __future__ import annotations

from dataclasses import dataclass

from hyperpose_core.specs.base import Spec
from hyperpose_core.support.names import normalize


@dataclass(frozen=True, kw_only=True)
class DatasetSpec(Spec):
    """A dataset. `load()` gives a `contracts.DatasetFactory`.

    Args:
        skeleton: the name of the skeleton in which its people are annotated; None where the
            dataset, once opened, says which.
        versions: the versions that can be asked for, the default first.
        archives: the target of what `hyperpose prepare` downloads, a `prepare.ArchivesOf`; None
            where there is nothing to download.
        scorer: the target of a `contracts.Scorer`; None: `hyperpose score` cannot be used.
    """

    kind = "dataset"

    skeleton: str | None
    versions: tuple[str, ...] = ()
    archives: str | None = None
    scorer: str | None = None

    def targets(self) -> list[str]:
        """Return also those of the archives and the scorer."""
        parts = (self.target, self.archives, self.scorer)
        return [target for target in parts if target is not None]


class FilterSpec(Spec):
    """A dataset filter. `load()` gives `(sample, **arguments) -> bool`; True keeps the sample.

    Arguments are what the function can be given by name after the sample. What the configuration
    gives is checked against their names and, where they are plain ones, their annotations.
    """

    kind = "filter"


@dataclass(frozen=True, kw_only=True)
class ConverterSpec(Spec):
    """A keypoint converter. `load()` gives `[..., K1, 3] -> [..., K2, 3]`.

    Needed only where points have to be invented in a way that `Skeleton.derived` cannot say:
    everything else is converted by keypoint name.

    Args:
        source: the name of the skeleton that goes in.
        to: the name of the skeleton that comes out.
    """

    kind = "keypoint_converter"

    source: str
    to: str

    @property
    def pair(self) -> str:
        """From what to what: no two may do the same, whatever they are called."""
        return f"{self.source}>{self.to}".replace("/", "|")

    @property
    def keys(self) -> set[str]:
        """Its names and its pair."""
        return {*super().keys, normalize(self.pair)}


class SkeletonSpec(Spec):
    """Named keypoints and limbs. `load()` gives a `hyperpose_core.Skeleton` of the same name.

    It is known wherever a skeleton is named: `--skeleton`, converters, `DatasetSpec.skeleton`.
    """

    kind = "skeleton"


@dataclass(frozen=True, kw_only=True)
class AugmentationSpec(Spec):
    """A random change of training images. `load()` gives a `contracts.Augmentation`.

    Its arguments are given in `data.augmentations`, and checked as those of a filter are.

    Args:
        places: it changes where the image is placed in the network's input, and is a
            `contracts.PlacingAugmentation`; else it changes the image as placed.
    """

    kind = "augmentation"

    places: bool = False


@dataclass(frozen=True, kw_only=True)
class MetricSpec(Spec):
    """Numbers on predictions. `load()` gives a `contracts.Metric`.

    It is used by `hyperpose score --metric`, `eval.metrics` and `train.best_metric`. Its arguments
    are given and checked as those of a filter are.

    Args:
        lower_is_better: of two models the one with the smaller first number is the better.
    """

    kind = "metric"

    lower_is_better: bool = False


@dataclass(frozen=True, kw_only=True)
class AnnotationFormatSpec(Spec):
    """A file format of annotations, for `hyperpose convert`.

    Args:
        endings: by which it is recognised: those of its files, such as `.json`, and whole names of
            files, such as `data.yaml`, that its folders hold.
        reader: the target of a `contracts.AnnotationReader`; None where it is only written.
        writer: the target of a `contracts.AnnotationWriter`; None where it is only read.
        skeleton: the name of the only skeleton whose keypoints its files can hold; None: any.
    """

    kind = "annotation_format"

    target: str = ""
    endings: tuple[str, ...] = ()
    reader: str | None = None
    writer: str | None = None
    skeleton: str | None = None

    def targets(self) -> list[str]:
        """Return the reader's and the writer's."""
        return [target for target in (self.reader, self.writer) if target is not None]
