"""What hyperpose-poseproposal brings: the poseproposal family and its architecture."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import ModelSpec, PostprocessorSpec, PreprocessorSpec, VisualizerSpec

FAMILY = "poseproposal"


@hookimpl
def hyperpose_register_models() -> Iterable[ModelSpec]:
    """Return the family's architecture."""
    yield ModelSpec(
        name="Poseproposal",
        target="hyperpose_poseproposal.model:Poseproposal",
        summary="part boxes and edges on a coarse grid (Sekii, ECCV 2018)",
        aliases=("PoseProposal",),
        family=FAMILY,
        default_backbone="Resnet18",
        stride=32,
        skeletons={
            "coco": "hyperpose_poseproposal.skeletons:COCO",
            "mpii": "hyperpose_poseproposal.skeletons:MPII",
        },
    )


@hookimpl
def hyperpose_register_preprocessors() -> Iterable[PreprocessorSpec]:
    """Return what makes responses, boxes and edges."""
    yield PreprocessorSpec(
        name=FAMILY,
        target="hyperpose_poseproposal.preprocess:Preprocessor",
        summary="responses, part boxes and edges on the grid",
        family=FAMILY,
    )


@hookimpl
def hyperpose_register_postprocessors() -> Iterable[PostprocessorSpec]:
    """Return what decodes them."""
    yield PostprocessorSpec(
        name=FAMILY,
        target="hyperpose_poseproposal.postprocess:Postprocessor",
        summary="people from part boxes matched along edges, the instance first",
        family=FAMILY,
    )


@hookimpl
def hyperpose_register_visualizers() -> Iterable[VisualizerSpec]:
    """Return what draws them."""
    yield VisualizerSpec(
        name=FAMILY,
        target="hyperpose_poseproposal.visualize:visualize",
        summary="part boxes over the image, and the responses",
        family=FAMILY,
    )
