"""The plugin: one engine for parallel training, kungfu."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import EngineSpec


@hookimpl
def hyperpose_register_collective_engines() -> Iterable[EngineSpec]:
    """Offer KungFu's collectives."""
    yield EngineSpec(
        name="kungfu",
        target="hyperpose_kungfu.engine:KungfuEngine",
        summary="KungFu's collectives, for workers that kungfu-run starts",
    )
