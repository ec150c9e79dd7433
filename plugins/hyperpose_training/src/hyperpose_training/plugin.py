"""The plugin: the trainer, its command, the usual optimizers, schedules and augmentations."""

from __future__ import annotations

from collections.abc import Iterator

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import (
    AugmentationSpec,
    CommandSpec,
    OptimizerSpec,
    ScheduleSpec,
    TrainerSpec,
)
from hyperpose_core.specs.commands import FIRST_SECTION


@hookimpl
def hyperpose_register_trainers() -> Iterator[TrainerSpec]:
    """Offer the trainer."""
    yield TrainerSpec(
        name="standard",
        target="hyperpose_training.pipeline:TrainPipeline",
        summary="steps that survive kills, validation, checkpoints, several workers",
    )


@hookimpl
def hyperpose_register_commands() -> Iterator[CommandSpec]:
    """Offer the command."""
    yield CommandSpec(
        name="train",
        target="hyperpose_training.command:command",
        summary="Train a model.",
        section=FIRST_SECTION,
    )


@hookimpl
def hyperpose_register_optimizers() -> Iterator[OptimizerSpec]:
    """Offer the usual ones."""
    momentum = {"momentum": "momentum", "nesterov": "nesterov"}
    for name, summary, settings in (
        ("AdamW", "Adam with decoupled weight decay", {}),
        ("Adam", "Kingma and Ba 2014", {}),
        ("SGD", "gradient descent with momentum", momentum),
        ("RMSprop", "Tieleman and Hinton 2012", {}),
    ):
        target = f"hyperpose_training.optimizing.optimizers:{name}"
        yield OptimizerSpec(name=name, target=target, summary=summary, settings=settings)


@hookimpl
def hyperpose_register_schedules() -> Iterator[ScheduleSpec]:
    """Offer the usual curves."""
    for name, code, summary, settings in (
        ("constant", "constant", "stays", {}),
        ("step", "stepwise", "falls in steps", {"every": "decay_every", "factor": "decay_factor"}),
        ("cosine", "cosine", "falls along a cosine", {}),
        ("polynomial", "polynomial", "falls as a power", {"power": "power"}),
        ("one_cycle", "one_cycle", "rises and falls once", {"rise": "rise"}),
    ):
        target = f"hyperpose_training.optimizing.curves:{code}"
        yield ScheduleSpec(name=name, target=target, summary=summary, settings=settings)


@hookimpl
def hyperpose_register_augmentations() -> Iterator[AugmentationSpec]:
    """Offer those that every training has; their arguments are settings of `data`."""
    yield AugmentationSpec(
        name="affine",
        target="hyperpose_training.feeding.usual:random_affine",
        summary="another size, angle, position and side",
        places=True,
    )
    yield AugmentationSpec(
        name="color",
        target="hyperpose_training.feeding.usual:random_color",
        summary="another brightness, contrast and saturation",
    )
