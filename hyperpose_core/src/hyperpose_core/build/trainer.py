"""The training of a configuration, by the trainer that it names."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from hyperpose_core.config import Config
from hyperpose_core.contracts import TrainPipeline
from hyperpose_core.registry import Registry, get_registry


def get_train(
    config: Config,
    registry: Registry | None = None,
    say: Callable[[str], object] | None = None,
) -> TrainPipeline:
    """Return the training pipeline of a configuration: `train(model, dataset, resume=None)`.

    Nothing is done before it is called; `help(get_train(config))` says what it does then.

    Args:
        config: is not changed.
        registry: where the components come from; None: the installed plugins.
        say: gets each line of what is said at the end; None: standard output, unless `log.quiet`.

    Raises:
        UnknownComponentError, PluginError: no usable plugin offers the trainer, the optimizer or
            the schedule.
    """
    registry = registry or get_registry()
    made = registry.make("trainer", config.train.trainer, config, registry, say)
    return cast(TrainPipeline, made)
