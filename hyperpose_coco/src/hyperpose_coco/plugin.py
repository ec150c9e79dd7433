"""The plugin: one dataset, COCO."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import DatasetSpec


@hookimpl
def hyperpose_register_datasets() -> Iterable[DatasetSpec]:
    """Offer COCO's people with keypoints."""
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
