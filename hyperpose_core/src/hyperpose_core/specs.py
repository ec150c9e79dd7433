"""Specs: what plugins say of their components. Nothing heavy is imported here."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hyperpose_core.errors import SpecError
from hyperpose_core.spec_fields import check_fields

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


def load_target(target: str) -> Any:
    """Import `"package.module:Attr"` and return the attribute.

    Raises:
        ImportError: the module cannot be imported.
        AttributeError: the module has no such attribute.
    """
    module, _, attributes = target.partition(":")
    value = importlib.import_module(module)
    for attribute in attributes.split("."):
        value = getattr(value, attribute)
    return value


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What one component is called and where its code is.

    Args:
        name: the name that users choose it by; letters, digits, `_`, `-` and `.`.
        target: `"package.module:Attr"`, imported only when the component is used.
        summary: one line for lists.
        aliases: other spellings that mean the same component.

    Raises:
        SpecError: a field is of another type, or a name or a target is malformed.
    """

    kind: ClassVar[str] = ""

    name: str
    target: str
    summary: str = ""
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self)
        for name in (self.name, *self.aliases):
            if not _NAME.fullmatch(name):
                raise SpecError(
                    f"bad name {name!r} of a {self.kind}: use letters, digits, '_', '-' and '.', "
                    f"beginning with a letter"
                )
        for target in self.targets():
            if not _TARGET.fullmatch(target):
                raise SpecError(
                    f"bad target {target!r} of {self.kind} {self.name!r}: "
                    f"write 'package.module:Attribute'"
                )

    def targets(self) -> list[str]:
        """Return everything that the spec names to be imported later."""
        return [self.target]

    def load(self) -> Any:
        """Import and return what `target` names."""
        return load_target(self.target)


@dataclass(frozen=True, kw_only=True)
class ModelSpec(Spec):
    """An architecture. `load()` gives a `contracts.ModelFactory`.

    Args:
        family: whose preprocessor, postprocessor and visualizer the model uses.
        default_backbone: the name of a backbone, used when the configuration names none;
            None for a model that brings its own.
        stride: input pixels per output cell; input sizes are multiples of it.
        skeletons: dataset skeleton name to the target of the model's own `Skeleton` for it. A
            dataset whose skeleton is not listed is trained with that dataset's skeleton as it is.
    """

    kind = "model"

    family: str
    default_backbone: str | None = None
    stride: int = 8
    skeletons: Mapping[str, str] = field(default_factory=dict)

    def targets(self) -> list[str]:
        """Return also the skeletons'."""
        return [self.target, *self.skeletons.values()]


@dataclass(frozen=True, kw_only=True)
class BackboneSpec(Spec):
    """A feature extractor. `load()` gives a `contracts.BackboneFactory`.

    Args:
        strides: the strides at which it can stop.
    """

    kind = "backbone"

    strides: tuple[int, ...] = (8,)


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
        writer: the target of a `contracts.AnnotationWriter`; None: `hyperpose convert` cannot write
            the dataset's own format.
    """

    kind = "dataset"

    skeleton: str | None
    versions: tuple[str, ...] = ()
    archives: str | None = None
    scorer: str | None = None
    writer: str | None = None

    def targets(self) -> list[str]:
        """Return also those of the archives, the scorer and the writer."""
        parts = (self.target, self.archives, self.scorer, self.writer)
        return [target for target in parts if target is not None]


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, kw_only=True)
class ProcessorSpec(Spec):
    """Common to the three functions of a model family.

    Args:
        family: the family of models that it serves.
    """

    family: str


@dataclass(frozen=True, kw_only=True)
class PreprocessorSpec(ProcessorSpec):
    """Targets from annotations. `load()` gives a `contracts.PreprocessorFactory`."""

    kind = "preprocessor"


@dataclass(frozen=True, kw_only=True)
class PostprocessorSpec(ProcessorSpec):
    """Humans from network output. `load()` gives a `contracts.PostprocessorFactory`."""

    kind = "postprocessor"


@dataclass(frozen=True, kw_only=True)
class VisualizerSpec(ProcessorSpec):
    """Pictures of maps and humans. `load()` gives a `contracts.Visualizer`."""

    kind = "visualizer"


@dataclass(frozen=True, kw_only=True)
class StrategySpec(Spec):
    """How N workers train one model. `load()` gives a `contracts.StrategyFactory`."""

    kind = "train_strategy"


@dataclass(frozen=True, kw_only=True)
class ObjectiveSpec(Spec):
    """What training minimises besides the model's own loss; `train.objectives` chooses.
    `load()` gives a `contracts.ObjectiveFactory`.
    """

    kind = "train_objective"


@dataclass(frozen=True, kw_only=True)
class EngineSpec(Spec):
    """What moves numbers between the workers of `Parallel_train`; `train.engine` chooses it.
    `load()` gives a `contracts.EngineFactory`.
    """

    kind = "collective_engine"


@dataclass(frozen=True, kw_only=True)
class WeightImporterSpec(Spec):
    """Reads weights of another origin. `load()` gives a `contracts.WeightImporter`.

    Args:
        models: the names of the architectures that it can fill; none: any.
    """

    kind = "weight_importer"

    models: tuple[str, ...] = ()


KINDS: dict[str, type[Spec]] = {
    spec.kind: spec
    for spec in (
        ModelSpec,
        BackboneSpec,
        DatasetSpec,
        FilterSpec,
        ConverterSpec,
        PreprocessorSpec,
        PostprocessorSpec,
        VisualizerSpec,
        StrategySpec,
        ObjectiveSpec,
        EngineSpec,
        WeightImporterSpec,
    )
}
