"""The plugin: commands on annotated images, filters, several datasets as one, YOLO."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import AnnotationFormatSpec, CommandSpec, DatasetSpec, FilterSpec


@hookimpl
def hyperpose_register_annotation_formats() -> Iterable[AnnotationFormatSpec]:
    """Offer YOLO-pose text."""
    yield AnnotationFormatSpec(
        name="yolo",
        summary="YOLO-pose: a data.yaml, and a text file for each image",
        endings=(".yaml", ".yml", "data.yaml"),
        reader="hyperpose_datatools.yolo.reader:read_yolo",
        writer="hyperpose_datatools.yolo.writer:write_yolo",
    )


@hookimpl
def hyperpose_register_datasets() -> Iterable[DatasetSpec]:
    """Offer several datasets as one."""
    yield DatasetSpec(
        name="MULTIPLE",
        target="hyperpose_datatools.combining.dataset:MultipleDataset",
        summary="the datasets of `data.datasets` together",
        skeleton=None,
    )


@hookimpl
def hyperpose_register_filters() -> Iterable[FilterSpec]:
    """Offer the filters that work on any dataset."""
    for name, summary in (
        ("min-keypoints", "images in which somebody has `count` annotated keypoints"),
        ("no-crowd", "images in which no crowd is annotated"),
        ("min-area", "images in which somebody covers `area` pixels"),
        ("min-people", "images of `count` people or more"),
        ("max-people", "images of `count` people or fewer"),
        ("min-image-size", "images of `width` by `height` pixels or more"),
        ("every-nth", "one image in `n`, whatever their order"),
        ("without-images", "all images but those with these `ids`"),
    ):
        target = f"hyperpose_datatools.filters:{name.replace('-', '_')}"
        yield FilterSpec(name=name, target=target, summary=f"keeps {summary}")


@hookimpl
def hyperpose_register_commands() -> Iterable[CommandSpec]:
    """Offer the commands on data."""
    yield CommandSpec(
        name="prepare",
        target="hyperpose_datatools.cli.prepare:command",
        summary="Download a dataset and check it.",
        section="Commands for data",
    )
    yield CommandSpec(
        name="check-data",
        target="hyperpose_datatools.cli.check_data:command",
        summary="Say what looks wrong in a dataset, and what is in it.",
        section="Commands for data",
    )
    yield CommandSpec(
        name="browse",
        target="hyperpose_datatools.cli.browse:command",
        summary="Draw annotated images of a dataset.",
        section="Commands for data",
    )
    yield CommandSpec(
        name="convert",
        target="hyperpose_datatools.cli.convert:command",
        summary="Convert annotations between file formats.",
        section="Commands for data",
    )
