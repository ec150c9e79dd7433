"""What hyperpose-pifpaf brings: the pifpaf family and its architecture."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import ModelSpec, PostprocessorSpec, PreprocessorSpec, VisualizerSpec

FAMILY = "pifpaf"


@hookimpl
def hyperpose_register_models() -> Iterable[ModelSpec]:
    """Return the family's architecture; it has a dataset's skeleton as it is."""
    yield ModelSpec(
        name="Pifpaf",
        target="hyperpose_pifpaf.model:Pifpaf",
        summary="composite intensity and association fields (arXiv 1903.06593)",
        family=FAMILY,
        default_backbone="Resnet18",
        stride=8,
    )


@hookimpl
def hyperpose_register_preprocessors() -> Iterable[PreprocessorSpec]:
    """Return what makes the composite fields."""
    yield PreprocessorSpec(
        name=FAMILY,
        target="hyperpose_pifpaf.preprocess:Preprocessor",
        summary="fields of vectors to keypoints, and to both ends of limbs",
        family=FAMILY,
    )


@hookimpl
def hyperpose_register_postprocessors() -> Iterable[PostprocessorSpec]:
    """Return what decodes them."""
    yield PostprocessorSpec(
        name=FAMILY,
        target="hyperpose_pifpaf.postprocess:Postprocessor",
        summary="people grown from the surest keypoints along the association fields",
        family=FAMILY,
    )


@hookimpl
def hyperpose_register_visualizers() -> Iterable[VisualizerSpec]:
    """Return what draws them."""
    yield VisualizerSpec(
        name=FAMILY,
        target="hyperpose_pifpaf.visualize:visualize",
        summary="confidence, and the vectors of both fields, over the image",
        family=FAMILY,
    )
