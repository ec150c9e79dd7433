"""HyperPose's modern API. Everything is imported at first use, so importing this is quick."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from hyperpose_core.support.version import __version__

if TYPE_CHECKING:
    from hyperpose_core.build import get_dataset, get_model
    from hyperpose_core.build.trainer import get_train
    from hyperpose_core.config import Config, load_config
    from hyperpose_core.data.humans import Human
    from hyperpose_core.data.samples import Sample
    from hyperpose_core.errors import (
        CheckpointError,
        ConfigError,
        DataError,
        HyperposeError,
        InputError,
        PluginError,
        SpecError,
        UnknownComponentError,
    )
    from hyperpose_core.evaluation import get_eval
    from hyperpose_core.hookspecs import hookimpl
    from hyperpose_core.inference import load_predictor
    from hyperpose_core.registry import Registry, get_registry
    from hyperpose_core.skeletons import Skeleton
    from hyperpose_core.specs import (
        AnnotationFormatSpec,
        AugmentationSpec,
        BackboneSpec,
        CommandSpec,
        ConverterSpec,
        DatasetSpec,
        EngineSpec,
        ExporterSpec,
        FilterSpec,
        MetricSpec,
        ModelSpec,
        ObjectiveSpec,
        OptimizerSpec,
        PostprocessorSpec,
        PreprocessorSpec,
        ReportSectionSpec,
        RuntimeSpec,
        ScheduleSpec,
        SkeletonSpec,
        StrategySpec,
        TrainerSpec,
        VisualizerSpec,
        WeightImporterSpec,
    )

__all__ = [
    "AnnotationFormatSpec",
    "AugmentationSpec",
    "BackboneSpec",
    "CheckpointError",
    "CommandSpec",
    "Config",
    "ConfigError",
    "ConverterSpec",
    "DataError",
    "DatasetSpec",
    "EngineSpec",
    "ExporterSpec",
    "FilterSpec",
    "Human",
    "HyperposeError",
    "InputError",
    "MetricSpec",
    "ModelSpec",
    "ObjectiveSpec",
    "OptimizerSpec",
    "PluginError",
    "PostprocessorSpec",
    "PreprocessorSpec",
    "Registry",
    "ReportSectionSpec",
    "RuntimeSpec",
    "Sample",
    "ScheduleSpec",
    "Skeleton",
    "SkeletonSpec",
    "SpecError",
    "StrategySpec",
    "TrainerSpec",
    "UnknownComponentError",
    "VisualizerSpec",
    "WeightImporterSpec",
    "__version__",
    "get_dataset",
    "get_eval",
    "get_model",
    "get_registry",
    "get_train",
    "hookimpl",
    "load_config",
    "load_predictor",
]

_HOMES: dict[str, tuple[str, ...]] = {
    "build": ("get_dataset", "get_model"),
    "build.trainer": ("get_train",),
    "config": ("Config", "load_config"),
    "errors": (
        *("CheckpointError", "ConfigError", "DataError", "HyperposeError"),
        *("InputError", "PluginError", "SpecError", "UnknownComponentError"),
    ),
    "evaluation": ("get_eval",),
    "hookspecs": ("hookimpl",),
    "data.humans": ("Human",),
    "inference": ("load_predictor",),
    "registry": ("Registry", "get_registry"),
    "data.samples": ("Sample",),
    "skeletons": ("Skeleton",),
    "specs": tuple(name for name in __all__ if name.endswith("Spec")),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name from its module, once."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value = getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    except ModuleNotFoundError:
        from hyperpose_core.support.missing_tensorflow import need_tensorflow

        need_tensorflow()
        raise
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
