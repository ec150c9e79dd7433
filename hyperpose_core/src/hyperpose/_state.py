"""State: the one set of settings that the setters of `Config` change."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import hyperpose_core.config as _config
from hyperpose import _custom
from hyperpose_core.build.skeleton import USERDEF
from hyperpose_core.config.calls import Call, OptimizerCall, ScheduleCall
from hyperpose_core.config.coerce import MismatchError
from hyperpose_core.config.members import MULTIPLE
from hyperpose_core.errors import ConfigError
from hyperpose_core.registry import get_registry
from hyperpose_core.support.messages import Messages

COMPONENTS = {
    "model.type": "model",
    "model.backbone": "backbone",
    "data.type": "dataset",
    "train.type": "train_strategy",
    "train.optimizer": "optimizer",
    "train.schedule": "schedule",
}
_CALLS: dict[str, type[Call]] = {"optimizer": OptimizerCall, "schedule": ScheduleCall}
_DEFAULTS = _config.Config()
_settings = _config.Config()
_given: set[str] = set()
"""The keys of what was set, be it to its default."""
_expects_pretraining = False
_functions: dict[str, Any] = {}
"""The user's own augmentor, preprocessor, postprocessor and visualizer, by kind."""


def settings() -> _config.Config:
    """Return the settings themselves, not a copy."""
    return _settings


def get_config() -> _config.Config:
    """Return a snapshot of the settings; later setters do not change it."""
    config = _config.snapshot(_settings)
    if config.model.weights is not None:
        _take_from_origin(config)
    if _expects_pretraining and config.pretrain.path is not None:
        _begin_anew(config)
    _custom.remember(config, _functions)
    if config.data.version is not None and config.data.type not in (USERDEF, MULTIPLE):
        _leave_out_version(config)
    return config


def reset() -> None:
    """Give every setting its default again."""
    global _settings
    _settings = _config.Config()
    expect_pretraining(False)
    _given.clear()
    _functions.clear()


def set_option(key: str, value: Any) -> None:
    """Set any setting by its key, `"group.key"`: docs/configuration.md lists them.

    Raises:
        ConfigError: an unknown key (it names the nearest), a wrong type, a value out of range.
        UnknownComponentError, PluginError: no usable plugin offers the component of that name.
    """
    kind = COMPONENTS.get(key)
    if kind is not None and value is not None:
        value = component_name(kind, value)
    _config.set_option(_settings, key, value)
    _given.add(key)
    if key == "data.type" and value != USERDEF:
        _settings.data.userdef_dataset = None


def assign(key: str, value: Any) -> None:
    """Set a setting as `set_option` does; None gives it its default again."""
    if value is None:
        group, _, name = key.partition(".")
        set_option(key, getattr(getattr(_DEFAULTS, group), name))
        _given.discard(key)
        return
    set_option(key, value)


def expect_pretraining(expected: bool) -> None:
    """Say whether `set_pretrain(True)` was called, which may be about images to pretrain on."""
    global _expects_pretraining
    _expects_pretraining = expected


def set_function(kind: str, given: Any) -> None:
    """Use the user's class of a kind in the pipelines; None takes it back.

    Raises:
        ConfigError: it cannot be called.
    """
    if given is None:
        _functions.pop(kind, None)
    elif callable(given):
        _functions[kind] = given
    else:
        raise ConfigError(f"set_custom_{kind} takes a class, or None; got {given!r:.80}")


def flag(value: Any) -> Any:
    """Return 0 and 1, which were flags in 2021, as truth values, and all else as it is."""
    return bool(value) if isinstance(value, Integral) and value in (0, 1) else value


def component_name(kind: str, value: Any) -> Any:
    """Return the name of a component in its plugin's spelling, after asking the registry for it."""
    if kind == "backbone" and isinstance(value, str) and value.lower() in ("default", "none"):
        return None
    if kind == "dataset" and isinstance(value, str) and value.upper() == USERDEF:
        return _userdef()
    if kind == "dataset" and isinstance(value, str) and value.upper() == MULTIPLE:
        if not _settings.data.datasets:
            raise ConfigError("call set_multiple_dataset with the datasets instead of MULTIPLE")
        return MULTIPLE
    if kind in _CALLS:
        try:
            return get_registry().named(_CALLS[kind].from_setting(value))
        except MismatchError:
            return value  # whose error set_option words
    spec = get_registry().get(kind, value)
    return str(value) if "/" in value else spec.name


def _userdef() -> str:
    if _settings.data.userdef_dataset is None:
        raise ConfigError("call set_userdef_dataset with your dataset instead of naming USERDEF")
    return USERDEF


def _take_from_origin(config: _config.Config) -> None:
    """Give a configuration what it has from the model with which it begins, but for what was set.

    Raises:
        CheckpointError: there is no such model.
    """
    registry = get_registry()
    of_origin = getattr(registry.load("trainer", config.train.trainer), "of_origin", None)
    taken = {} if of_origin is None else of_origin(config, registry)
    for key, value in taken.items():
        if key == "model.options":
            config.model.options = {**value, **config.model.options}
        elif key not in _given:
            _config.set_option(config, key, value)


def _begin_anew(config: _config.Config) -> None:
    """Let the backbone that is to be pretrained begin with random weights, and say what is next."""
    config.model.backbone_weights = None
    Messages(config.log.quiet).say(
        "set_pretrain(True), and images to pretrain on: the backbone begins with random weights; "
        "to begin with those that Model.get_pretrain leaves, "
        "write Config.set_pretrain('save_dir/NAME-pretrain/model_dir/newest_model.npz')"
    )


def _leave_out_version(config: _config.Config) -> None:
    """Leave out the version for a dataset that has one only: scripts of 2021 give COCO's to all."""
    spec = get_registry().get("dataset", config.data.type)
    if not getattr(spec, "versions", ()):
        said = f"{spec.name} has one version only: {config.data.version!r} is left out"
        Messages(config.log.quiet).say(said)
        config.data.version = None
