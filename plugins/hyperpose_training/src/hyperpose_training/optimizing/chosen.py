"""Chosen: the optimizer and the schedule that the configuration names, with their arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from hyperpose_core.config import TrainConfig
from hyperpose_core.registry import Registry

if TYPE_CHECKING:
    from hyperpose_core.config.calls import Call
    from hyperpose_core.specs import OptimizerSpec, ScheduleSpec


def in_their_spelling(train: TrainConfig, registry: Registry) -> TrainConfig:
    """Return the settings with the names that the plugins of optimizer and schedule give them.

    Raises:
        UnknownComponentError, PluginError: no usable plugin offers one of them.
    """
    named = registry.named(train.optimizer), registry.named(train.schedule)
    return replace(train, optimizer=named[0], schedule=named[1])


def bind(registry: Registry, call: Call, train: TrainConfig, given: int) -> Callable[..., Any]:
    """Return what a call names, with its arguments.

    An argument that its spec takes from a setting of `train` obeys the setting's rule. Where the
    call leaves it out it has the setting's value, unless that is None.

    Args:
        given: how many arguments the program gives by place.

    Raises:
        UnknownComponentError, PluginError: as `Registry.load`; or the spec names no setting.
        ConfigError: it does not take these arguments.
    """
    spec = cast("OptimizerSpec | ScheduleSpec", registry.get(call.kind, call.name))
    said = {a: call.arguments[a] for a in spec.settings if a in call.arguments}
    with registry.naming(call.kind, call.name):
        own = replace(train, **{spec.settings[a]: value for a, value in said.items()})
        values = {a: getattr(own, setting) for a, setting in spec.settings.items()}
    found = {a: value for a, value in values.items() if value is not None}
    return registry.bind(type(call)(call.name, {**call.arguments, **found}), given)
