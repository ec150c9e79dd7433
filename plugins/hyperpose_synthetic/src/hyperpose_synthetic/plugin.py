"""The plugin: one dataset, Synthetic, and a demonstration of training on it."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import CommandSpec, DatasetSpec


@hookimpl
def hyperpose_register_datasets() -> Iterable[DatasetSpec]:
    """Offer the drawn people."""
    yield DatasetSpec(
        name="Synthetic",
        target="hyperpose_synthetic.dataset:open_dataset",
        summary="drawn people, made on the spot; nothing to download",
        skeleton="coco",
        versions=("coco", "mpii"),
    )


@hookimpl
def hyperpose_register_commands() -> Iterable[CommandSpec]:
    """Offer the demonstration."""
    yield CommandSpec(
        name="demo",
        target="hyperpose_synthetic.demo:command",
        summary="Train and score a small model, from nothing.",
        section="Commands",
    )
