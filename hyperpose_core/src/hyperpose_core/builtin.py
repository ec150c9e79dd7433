"""The core's own plugin: what is there before anything else is installed."""

from __future__ import annotations

from collections.abc import Iterator

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import StrategySpec, WeightImporterSpec


@hookimpl
def hyperpose_register_train_strategies() -> Iterator[StrategySpec]:
    """Offer the strategy that needs nothing else."""
    yield StrategySpec(
        name="Single_train",
        target="hyperpose_core.training.strategy:SingleTrain",
        summary="one worker on this machine",
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
