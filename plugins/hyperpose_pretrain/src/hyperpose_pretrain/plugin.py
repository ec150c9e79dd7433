"""The plugin `pretrain`: a classifier around any backbone, its family, and folders of classes."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import (
    DatasetSpec,
    ModelSpec,
    PostprocessorSpec,
    PreprocessorSpec,
    VisualizerSpec,
)

FAMILY = "classification"


@hookimpl
def hyperpose_register_models() -> Iterable[ModelSpec]:
    """Offer the network that a backbone is pretrained in."""
    yield ModelSpec(
        name="BackboneClassifier",
        target="hyperpose_pretrain.classifier:BackboneClassifier",
        summary="a backbone, the mean of its features, and a layer that names the class",
        family=FAMILY,
        default_backbone="Vggtiny",
        stride=32,
    )


@hookimpl
def hyperpose_register_datasets() -> Iterable[DatasetSpec]:
    """Offer folders of classes."""
    yield DatasetSpec(
        name="ImageFolder",
        target="hyperpose_pretrain.image_folder:ImageFolder",
        summary="images in train/<class>/ and val/<class>/, as ImageNet's",
        skeleton=None,
    )


@hookimpl
def hyperpose_register_preprocessors() -> Iterable[PreprocessorSpec]:
    """Offer the loss of a classifier."""
    yield PreprocessorSpec(
        name=FAMILY,
        target="hyperpose_pretrain.family:Preprocessor",
        summary="cross entropy with the image's class",
        family=FAMILY,
    )


@hookimpl
def hyperpose_register_postprocessors() -> Iterable[PostprocessorSpec]:
    """Offer what reads classes out of a classifier's output."""
    yield PostprocessorSpec(
        name=FAMILY,
        target="hyperpose_pretrain.family:Postprocessor",
        summary="the five surest classes of an image",
        family=FAMILY,
    )


@hookimpl
def hyperpose_register_visualizers() -> Iterable[VisualizerSpec]:
    """Offer what writes classes beside an image."""
    yield VisualizerSpec(
        name=FAMILY,
        target="hyperpose_pretrain.visualize:visualize",
        summary="the image beside its class, or the surest classes",
        family=FAMILY,
    )
