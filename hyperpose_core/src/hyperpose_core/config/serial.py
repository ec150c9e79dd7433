"""Serial: a configuration as plain data, for JSON, and back."""

from __future__ import annotations

import collections.abc
import typing
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from hyperpose_core.config.coerce import bare, plain
from hyperpose_core.config.data import DatasetConfig
from hyperpose_core.config.group import hints
from hyperpose_core.config.members import changed
from hyperpose_core.config.options import groups, update
from hyperpose_core.config.schema import Config
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton


def is_python_only(hint: Any) -> bool:
    """Say whether values of a type cannot be written: only a text, `module:name`, says which."""
    return bare(hint) is Any or typing.get_origin(bare(hint)) is collections.abc.Callable


def snapshot(config: Config) -> Config:
    """Return a checked copy that later changes do not touch.

    Containers are copied; functions, models and datasets are the same objects.

    Raises:
        ConfigError: something else than a `Config`, or a value that does not fit its setting.
    """
    if not isinstance(config, Config):
        raise ConfigError(
            f"expected a hyperpose_core.config.Config, as Config.get_config() returns; "
            f"got {type(config).__name__}"
        )
    copies = {name: replace(getattr(config, name)) for name in groups()}
    copies["data"].datasets = [replace(member) for member in config.data.datasets]
    return Config(**copies)


def to_dict(config: Config) -> dict[str, dict[str, Any]]:
    """Return the settings by group as text, numbers, lists and tables, ready for JSON.

    What only Python can hold becomes the text `module:name`.
    """
    config = snapshot(config)
    return {
        name: {
            key: _written(hint, getattr(getattr(config, name), key))
            for key, hint in hints(group).items()
        }
        for name, group in groups().items()
    }


def from_dict(data: Mapping[str, Any]) -> Config:
    """Read what `to_dict` made. What is not given has its default.

    Settings that only Python can hold come out as None: `not_restored` says which were set.

    Raises:
        ConfigError: an unknown key, or a value of the wrong type or out of range.
    """
    if not isinstance(data, Mapping):
        raise ConfigError(f"a configuration is a table of groups; got {type(data).__name__}")
    config = Config()
    update(config, {name: _readable(name, values, f"{name}.", {}) for name, values in data.items()})
    return config


def not_restored(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what `from_dict` cannot restore: the keys, and the texts that say what was set."""
    lost: dict[str, str] = {}
    for name, values in data.items():
        _readable(name, values, f"{name}.", lost)
    return lost


def _readable(group: str, values: Any, prefix: str, lost: dict[str, str]) -> Any:
    """Return a table of a group's settings without what cannot be restored.

    Args:
        prefix: what the keys of `lost` begin with.
        lost: gets what is left out.
    """
    if group not in groups() or not isinstance(values, Mapping):
        return values
    types, kept = hints(groups()[group]), {}
    for name, value in values.items():
        if isinstance(value, str) and is_python_only(types.get(name)):
            lost[f"{prefix}{name}"] = value
        elif isinstance(value, list | tuple) and types.get(name) == list[DatasetConfig]:
            at = f"{prefix}{name}."
            kept[name] = [_readable(group, v, f"{at}{i}.", lost) for i, v in enumerate(value)]
        else:
            kept[name] = value
    return kept


def _written(hint: Any, value: Any) -> Any:
    if value is not None and is_python_only(hint):
        named = value if hasattr(value, "__qualname__") else type(value)
        return f"{named.__module__}:{named.__qualname__}"
    if hint == list[DatasetConfig]:
        types = hints(DatasetConfig)
        return [{n: _written(types[n], v) for n, v in changed(one).items()} for one in value]
    return plain(asdict(value) if isinstance(value, Skeleton) else value)
