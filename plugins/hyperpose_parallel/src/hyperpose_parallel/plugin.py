"""The plugin: several workers train one model."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import CommandSpec, EngineSpec, StrategySpec


@hookimpl
def hyperpose_register_commands() -> Iterable[CommandSpec]:
    """Offer the launcher."""
    yield CommandSpec(
        name="launch",
        target="hyperpose_parallel.command:command",
        summary="Train or score with several workers.",
        section="Commands for several workers",
    )


@hookimpl
def hyperpose_register_train_strategies() -> Iterable[StrategySpec]:
    """Offer several workers."""
    yield StrategySpec(
        name="Parallel_train",
        target="hyperpose_parallel.strategy:parallel_train",
        summary="several workers, as train.kungfu_option says",
    )


@hookimpl
def hyperpose_register_collective_engines() -> Iterable[EngineSpec]:
    """Offer the engine that needs nothing else."""
    yield EngineSpec(
        name="tensorflow",
        target="hyperpose_parallel.tensorflow_engine:TensorflowEngine",
        summary="TensorFlow's own collectives",
    )
