"""The plugin: the dataset MPII and its skeleton."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import AnnotationFormatSpec, DatasetSpec, SkeletonSpec


@hookimpl
def hyperpose_register_datasets() -> Iterable[DatasetSpec]:
    """Offer MPII's people with joints."""
    yield DatasetSpec(
        name="MPII",
        target="hyperpose_mpii.dataset:open_dataset",
        summary="MPII Human Pose, from a folder with the official .mat file",
        skeleton="mpii",
        archives="hyperpose_mpii.archives:archives",
        scorer="hyperpose_mpii.score:score",
    )


@hookimpl
def hyperpose_register_annotation_formats() -> Iterable[AnnotationFormatSpec]:
    """Offer the official .mat file."""
    yield AnnotationFormatSpec(
        name="mpii",
        summary="MPII's official .mat file; to read, in its folder with the images",
        endings=(".mat", "mpii_human_pose_v1_u12_1.mat"),
        reader="hyperpose_mpii.reader:read",
        writer="hyperpose_mpii.writer:write",
        skeleton="mpii",
    )


@hookimpl
def hyperpose_register_skeletons() -> Iterable[SkeletonSpec]:
    """Offer MPII's 16 joints."""
    yield SkeletonSpec(
        name="mpii",
        target="hyperpose_mpii.skeleton:MPII",
        summary="the 16 joints and 15 limbs of MPII",
    )
