"""The plugin: COCO, one's own data in its form, and what belongs to that form."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import (
    AnnotationFormatSpec,
    CommandSpec,
    DatasetSpec,
    MetricSpec,
    SkeletonSpec,
)


@hookimpl
def hyperpose_register_datasets() -> Iterable[DatasetSpec]:
    """Offer COCO's people, and the datasets that need no code."""
    yield DatasetSpec(
        name="COCO",
        aliases=("MSCOCO",),
        target="hyperpose_coco.dataset:open_dataset",
        summary="COCO keypoints, from a folder with the official files",
        skeleton="coco",
        versions=("2017", "2014"),
        archives="hyperpose_coco.archives:archives",
        scorer="hyperpose_coco.score:score",
    )
    yield DatasetSpec(
        name="coco-custom",
        target="hyperpose_coco.custom.dataset:open_dataset",
        summary="your own JSON in COCO's form, with its own categories, keypoints and skeleton",
        skeleton=None,
        scorer="hyperpose_coco.custom.score:score",
    )
    yield DatasetSpec(
        name="USERDEF",
        target="hyperpose_coco.userdef.adapt:adapt",
        summary="your own object with the methods of 2021, given to Config.set_userdef_dataset",
        skeleton=None,
    )


@hookimpl
def hyperpose_register_metrics() -> Iterable[MetricSpec]:
    """Offer COCO's metric, and what it is made of."""
    yield MetricSpec(
        name="oks",
        target="hyperpose_coco.scoring.metrics:oks",
        summary="COCO's AP and AR, as pycocotools has them",
    )
    yield MetricSpec(
        name="errors",
        target="hyperpose_coco.scoring.metrics:errors",
        summary="which errors cost how much AP",
    )


@hookimpl
def hyperpose_register_skeletons() -> Iterable[SkeletonSpec]:
    """Offer COCO's 17 keypoints."""
    yield SkeletonSpec(
        name="coco",
        target="hyperpose_coco.skeleton:COCO",
        summary="the 17 keypoints and 19 limbs of COCO, with the sigmas of OKS",
    )


@hookimpl
def hyperpose_register_annotation_formats() -> Iterable[AnnotationFormatSpec]:
    """Offer JSON in COCO's form."""
    yield AnnotationFormatSpec(
        name="coco",
        summary="one JSON file in COCO's form; to read, also the folder of COCO's official files",
        endings=(".json",),
        reader="hyperpose_coco.form.reader:read_coco",
        writer="hyperpose_coco.form.writer:write_coco",
    )


@hookimpl
def hyperpose_register_commands() -> Iterable[CommandSpec]:
    """Offer the command that measures sigmas."""
    yield CommandSpec(
        name="estimate-sigmas",
        target="hyperpose_coco.sigmas.command:command",
        summary="Measure the sigmas of OKS on repeated annotations.",
        section="Commands for scores",
    )
