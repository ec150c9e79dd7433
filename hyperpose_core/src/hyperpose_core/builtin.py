"""The core's own plugin: what is there before anything else is installed."""

from __future__ import annotations

from collections.abc import Iterator

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import (
    DatasetSpec,
    EngineSpec,
    FilterSpec,
    StrategySpec,
    WeightImporterSpec,
)


@hookimpl
def hyperpose_register_train_strategies() -> Iterator[StrategySpec]:
    """Offer one worker, and several."""
    yield StrategySpec(
        name="Single_train",
        target="hyperpose_core.training.strategy:SingleTrain",
        summary="one worker on this machine",
    )
    yield StrategySpec(
        name="Parallel_train",
        target="hyperpose_core.training.strategies.parallel:parallel_train",
        summary="several workers, as train.kungfu_option says",
    )


@hookimpl
def hyperpose_register_collective_engines() -> Iterator[EngineSpec]:
    """Offer the engine that needs nothing else."""
    yield EngineSpec(
        name="tensorflow",
        target="hyperpose_core.training.strategies.tensorflow_engine:TensorflowEngine",
        summary="TensorFlow's own collectives",
    )


@hookimpl
def hyperpose_register_weight_importers() -> Iterator[WeightImporterSpec]:
    """Offer what reads this library's own weights."""
    yield WeightImporterSpec(
        name="hyperpose",
        target="hyperpose_core.importing.own:importer",
        summary="newest_model.npz of a run, or other arrays under the names of this library",
    )
    yield WeightImporterSpec(
        name="tensorlayer",
        target="hyperpose_core.importing.tensorlayer:importer",
        summary="what TensorLayer's save_weights wrote, of this library's models and of 2021's",
    )


@hookimpl
def hyperpose_register_filters() -> Iterator[FilterSpec]:
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
        target = f"hyperpose_core.filters.builtin:{name.replace('-', '_')}"
        yield FilterSpec(name=name, target=target, summary=f"keeps {summary}")


@hookimpl
def hyperpose_register_datasets() -> Iterator[DatasetSpec]:
    """Offer the dataset that one's own data needs no code for."""
    yield DatasetSpec(
        name="coco-custom",
        target="hyperpose_core.datasets.coco_custom:open_dataset",
        summary="your own JSON in COCO's form, with its own categories, keypoints and skeleton",
        skeleton=None,
        scorer="hyperpose_core.scoring.custom:score",
    )
