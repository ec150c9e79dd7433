"""Specs of architectures, backbones and the three functions of a family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hyperpose_core.specs.base import Spec


@dataclass(frozen=True, kw_only=True)
class ModelSpec(Spec):
    """An architecture. `load()` gives a `contracts.ModelFactory`.

    Args:
        family: whose preprocessor, postprocessor and visualizer the model uses.
        default_backbone: the name of a backbone, used when the configuration names none;
            None for a model that brings its own.
        stride: input pixels per output cell; input sizes are multiples of it. Where options decide
            it is the target of a function of `ModelConfig` that returns it.
        skeletons: dataset skeleton name to the target of the model's own `Skeleton` for it. A
            dataset whose skeleton is not listed is trained with that dataset's skeleton as it is.
    """

    kind = "model"

    family: str
    default_backbone: str | None = None
    stride: int | str = 8
    skeletons: Mapping[str, str] = field(default_factory=dict)

    def targets(self) -> list[str]:
        """Return also the skeletons', and the stride's where it has one."""
        stride = [self.stride] if isinstance(self.stride, str) else []
        return [self.target, *stride, *self.skeletons.values()]


@dataclass(frozen=True, kw_only=True)
class BackboneSpec(Spec):
    """A feature extractor. `load()` gives a `contracts.BackboneFactory`.

    Args:
        strides: the strides at which it can stop.
        pretrained: the target of a `contracts.PretrainedBackbone`, which reads weights from
            elsewhere; None: those of this library alone.
    """

    kind = "backbone"

    strides: tuple[int, ...] = (8,)
    pretrained: str | None = None

    def targets(self) -> list[str]:
        """Return also that of pretrained weights."""
        return [target for target in (self.target, self.pretrained) if target is not None]


@dataclass(frozen=True, kw_only=True)
class ProcessorSpec(Spec):
    """Common to the three functions of a model family.

    Args:
        family: the family of models that it serves.
    """

    family: str


class PreprocessorSpec(ProcessorSpec):
    """Targets from annotations. `load()` gives a `contracts.PreprocessorFactory`."""

    kind = "preprocessor"


class PostprocessorSpec(ProcessorSpec):
    """Humans from network output. `load()` gives a `contracts.PostprocessorFactory`."""

    kind = "postprocessor"


class VisualizerSpec(ProcessorSpec):
    """Pictures of maps and humans. `load()` gives a `contracts.Visualizer`."""

    kind = "visualizer"
