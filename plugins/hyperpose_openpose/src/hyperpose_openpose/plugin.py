"""What hyperpose-openpose brings: the openpose family and its architectures."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import (
    BackboneSpec,
    ModelSpec,
    PostprocessorSpec,
    PreprocessorSpec,
    VisualizerSpec,
)

FAMILY = "openpose"
SKELETONS = {
    "coco": "hyperpose_openpose.skeletons:COCO",
    "mpii": "hyperpose_openpose.skeletons:MPII",
}


@hookimpl
def hyperpose_register_models() -> Iterable[ModelSpec]:
    """Return the architectures of the openpose family."""
    return [
        ModelSpec(
            name="MobilenetThinOpenpose",
            target="hyperpose_openpose.mobilenet_thin:MobilenetThinOpenpose",
            summary="OpenPose of separable convolutions on three depths of a MobileNet",
            aliases=("MobilenetThin_Openpose",),
            family=FAMILY,
            default_backbone="MobilenetThin",
            stride=8,
            skeletons=SKELETONS,
        )
    ]


@hookimpl
def hyperpose_register_backbones() -> Iterable[BackboneSpec]:
    """Return the backbones that belong to one architecture."""
    return [
        BackboneSpec(
            name="MobilenetThin",
            target="hyperpose_openpose.mobilenet_thin:MobilenetThinBackbone",
            summary="MobilenetV1 to block 11 at stride 8, three depths concatenated",
            strides=(8,),
        )
    ]


@hookimpl
def hyperpose_register_preprocessors() -> Iterable[PreprocessorSpec]:
    """Return what makes confidence maps and part affinity fields."""
    return [
        PreprocessorSpec(
            name="openpose",
            target="hyperpose_openpose.preprocess:Preprocessor",
            summary="confidence maps and part affinity fields",
            family=FAMILY,
        )
    ]


@hookimpl
def hyperpose_register_postprocessors() -> Iterable[PostprocessorSpec]:
    """Return what decodes them."""
    return [
        PostprocessorSpec(
            name="openpose",
            target="hyperpose_openpose.postprocess:Postprocessor",
            summary="people from sub-pixel peaks joined along part affinity fields",
            family=FAMILY,
        )
    ]


@hookimpl
def hyperpose_register_visualizers() -> Iterable[VisualizerSpec]:
    """Return what draws them."""
    return [
        VisualizerSpec(
            name="openpose",
            target="hyperpose_openpose.visualize:visualize",
            summary="image, confidence and affinity side by side",
            family=FAMILY,
        )
    ]
