"""The plugin: one dataset, MPII."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import DatasetSpec


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
        writer="hyperpose_mpii.writer:write",
    )
