"""Setters of the training: how the network learns, and what it keeps, as in 2021."""

from __future__ import annotations

from hyperpose import _state


def set_train_type(train_type: str | None) -> None:
    """Choose how workers train together, a member of `TRAIN` or its name."""
    _state.assign("train.type", train_type)


def set_kungfu_option(kungfu_option: str | None) -> None:
    """Choose how the workers of a parallel training exchange, a member of `KUNGFU`."""
    _state.assign("train.kungfu_option", kungfu_option)


def set_optim_type(optim_type: str | None) -> None:
    """Choose the optimizer, a member of `OPTIM`."""
    _state.assign("train.optimizer", optim_type)


def set_learning_rate(learning_rate: float | None) -> None:
    """Set the learning rate after the warm-up."""
    _state.assign("train.learning_rate", learning_rate)


def set_batch_size(batch_size: int | None) -> None:
    """Set the number of images a step."""
    _state.assign("train.batch_size", batch_size)


def set_n_step(n_step: int | None) -> None:
    """Set the total number of steps."""
    _state.assign("train.steps", n_step)


def set_log_interval(log_interval: int | None) -> None:
    """Set the number of steps between two lines of the log."""
    _state.assign("log.interval", log_interval)


def set_save_interval(save_interval: int | None) -> None:
    """Set the number of steps between two checkpoints."""
    _state.assign("train.save_interval", save_interval)


def set_vis_interval(vis_interval: int | None) -> None:
    """Set the number of steps between two pictures of targets and predictions."""
    _state.assign("train.vis_interval", vis_interval)
