"""Serial: a configuration as plain data, for JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hyperpose_core.config import members
from hyperpose_core.config.group import hints
from hyperpose_core.config.options import groups, update
from hyperpose_core.config.schema import Config
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton

PYTHON_ONLY = (
    *("model.arch", "data.filter", "data.userdef_dataset", "data.added"),
    "data.augmentation",
)
"""Settings whose values cannot be written: only a text, `module:name`, says what they were."""


_MEMBERS = "data.datasets"


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

    What only Python can hold (`PYTHON_ONLY`) becomes the text `module:name`.
    """
    config = snapshot(config)
    return {
        name: {
            key: _plain(f"{name}.{key}", getattr(getattr(config, name), key))
            for key in hints(group)
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
    lost = not_restored(data)
    config = Config()
    for name, values in data.items():
        if isinstance(values, Mapping):
            values = {
                k: _without(lost, v) if f"{name}.{k}" == _MEMBERS else v
                for k, v in values.items()
                if f"{name}.{k}" not in lost
            }
        update(config, {name: values})
    return config


def not_restored(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what `from_dict` cannot restore: the keys, and the texts that say what was set."""
    found = {}
    for key in PYTHON_ONLY:
        group, _, field = key.partition(".")
        values = data.get(group)
        value = values.get(field) if isinstance(values, Mapping) else None
        if isinstance(value, str):
            found[key] = value
    for number, member in enumerate(_members(data)):
        for name in members.PYTHON_ONLY:
            if isinstance(member.get(name), str):
                found[f"{_MEMBERS}.{number}.{name}"] = member[name]
    return found


def _members(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the tables of `data.datasets`, each empty where it is none."""
    values = data.get("data")
    listed = values.get("datasets") if isinstance(values, Mapping) else None
    listed = listed if isinstance(listed, list | tuple) else []
    return [member if isinstance(member, Mapping) else {} for member in listed]


def _without(lost: Mapping[str, str], listed: Any) -> Any:
    """Return what `data.datasets` is to be, without what cannot be restored."""
    if not isinstance(listed, list | tuple):
        return listed
    return [
        {k: v for k, v in member.items() if f"{_MEMBERS}.{number}.{k}" not in lost}
        if isinstance(member, Mapping)
        else member
        for number, member in enumerate(listed)
    ]


def _plain(key: str, value: Any) -> Any:
    if value is None:
        return None
    if key in PYTHON_ONLY:
        return _marker(value)
    if key == _MEMBERS:
        return [
            {name: _plain(f"data.{name}", v) for name, v in members.changed(member).items()}
            for member in value
        ]
    if isinstance(value, Skeleton):
        return _skeleton(value)
    return list(value) if isinstance(value, tuple) else value


def _marker(value: Any) -> str:
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}:{named.__qualname__}"


def _skeleton(skeleton: Skeleton) -> dict[str, Any]:
    return {
        "name": skeleton.name,
        "keypoints": list(skeleton.keypoints),
        "limbs": [list(limb) for limb in skeleton.limbs],
        "sigmas": list(skeleton.sigmas),
        "flip_pairs": [list(pair) for pair in skeleton.flip_pairs],
        "derived": {name: list(sources) for name, sources in skeleton.derived.items()},
    }
