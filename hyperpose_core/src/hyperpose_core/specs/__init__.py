"""Specs: what plugins say of their components. Nothing heavy is imported here."""

from hyperpose_core.specs.base import Spec, load_target
from hyperpose_core.specs.commands import CommandSpec, ReportSectionSpec
from hyperpose_core.specs.data import (
    AnnotationFormatSpec,
    AugmentationSpec,
    ConverterSpec,
    DatasetSpec,
    FilterSpec,
    MetricSpec,
    SkeletonSpec,
)
from hyperpose_core.specs.export import ExporterSpec, RuntimeSpec
from hyperpose_core.specs.models import (
    BackboneSpec,
    ModelSpec,
    PostprocessorSpec,
    PreprocessorSpec,
    ProcessorSpec,
    VisualizerSpec,
)
from hyperpose_core.specs.training import (
    EngineSpec,
    ObjectiveSpec,
    OptimizerSpec,
    ScheduleSpec,
    StrategySpec,
    TrainerSpec,
    WeightImporterSpec,
)

KINDS: dict[str, type[Spec]] = {
    spec.kind: spec
    for spec in (
        ModelSpec,
        BackboneSpec,
        DatasetSpec,
        FilterSpec,
        ConverterSpec,
        SkeletonSpec,
        PreprocessorSpec,
        PostprocessorSpec,
        VisualizerSpec,
        AugmentationSpec,
        TrainerSpec,
        StrategySpec,
        ObjectiveSpec,
        EngineSpec,
        OptimizerSpec,
        ScheduleSpec,
        MetricSpec,
        WeightImporterSpec,
        AnnotationFormatSpec,
        ExporterSpec,
        RuntimeSpec,
        ReportSectionSpec,
        CommandSpec,
    )
}

__all__ = [
    "KINDS",
    "AnnotationFormatSpec",
    "AugmentationSpec",
    "BackboneSpec",
    "CommandSpec",
    "ConverterSpec",
    "DatasetSpec",
    "EngineSpec",
    "ExporterSpec",
    "FilterSpec",
    "MetricSpec",
    "ModelSpec",
    "ObjectiveSpec",
    "OptimizerSpec",
    "PostprocessorSpec",
    "PreprocessorSpec",
    "ProcessorSpec",
    "ReportSectionSpec",
    "RuntimeSpec",
    "ScheduleSpec",
    "SkeletonSpec",
    "Spec",
    "StrategySpec",
    "TrainerSpec",
    "VisualizerSpec",
    "WeightImporterSpec",
    "load_target",
]
