"""The plugin: weights of other origins, and what models weigh and cost."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import CommandSpec, WeightImporterSpec


@hookimpl
def hyperpose_register_commands() -> Iterable[CommandSpec]:
    """Offer the commands."""
    yield CommandSpec(
        name="import-weights",
        target="hyperpose_weights.command:command",
        summary="Make a run of weights that were trained elsewhere.",
        section="Commands for weights",
    )
    yield CommandSpec(
        name="info",
        target="hyperpose_weights.inspecting.command:command",
        summary="Show sizes and costs of the architectures.",
        section="Commands for weights",
    )


@hookimpl
def hyperpose_register_weight_importers() -> Iterable[WeightImporterSpec]:
    """Offer what reads this library's own weights."""
    yield WeightImporterSpec(
        name="hyperpose",
        target="hyperpose_weights.importing.own:importer",
        summary="newest_model.npz of a run, or other arrays under the names of this library",
    )
    yield WeightImporterSpec(
        name="tensorlayer",
        target="hyperpose_weights.importing.tensorlayer:importer",
        summary="what TensorLayer's save_weights wrote, of this library's models and of 2021's",
    )
