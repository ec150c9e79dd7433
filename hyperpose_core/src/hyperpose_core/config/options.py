"""Options: setting values by their keys, `group.key`, and listing the keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hyperpose_core.config.group import Group, allowed, hints, unknown_setting
from hyperpose_core.config.members import choose_member, combination, is_multiple
from hyperpose_core.config.schema import Config
from hyperpose_core.errors import ConfigError


def groups() -> dict[str, type[Group]]:
    """Return the groups by name, in order."""
    return hints(Config)


def settings() -> dict[str, str]:
    """Return the key of every setting, and in words what it allows."""
    return {key: words for group in groups().values() for key, words in allowed(group).items()}


def setting_type(key: str) -> Any:
    """Return the type of a setting, or of an entry of a table of options.

    Raises:
        ConfigError: there is no such setting; it names the nearest ones.
    """
    name, field, entry = _split(key)
    return hints(groups()[name])[field] if entry is None else Any


def set_option(config: Config, key: str, value: Any) -> None:
    """Set one value in place.

    Args:
        config: is changed.
        key: `"group.key"`, or `"group.options.entry"` for one entry of a plugin's options.
        value: of the setting's type, as `coerce` has it.

    Raises:
        ConfigError: an unknown key (it names the nearest), a wrong type, a value out of range.
    """
    name, field, entry = _split(key)
    group = getattr(config, name)
    if entry is not None:
        value = {**getattr(group, field), entry: value}
    setattr(group, field, value)
    if name == "data":
        _keep_type(config, field)


def _keep_type(config: Config, changed: str) -> None:
    """Let `data.type` and `data.datasets` agree: the later one wins.

    Of several datasets a type chooses the one that is called so, with its own settings.
    """
    data = config.data
    if changed == "type" and not is_multiple(data.type):
        choose_member(data)
    elif changed in ("type", "datasets"):
        data.type = combination(data) or data.type


def update(config: Config, data: Mapping[str, Any]) -> None:
    """Set values in place from groups of values, `{"train": {"steps": 10}}`.

    Raises:
        ConfigError: as `set_option`; or a group is not a table.
    """
    for name, values in data.items():
        if name not in groups():
            called = {key: words for key, words in settings().items() if key.endswith(f".{name}")}
            raise unknown_setting(str(name), called or {g: f"[{g}]" for g in groups()})
        if not isinstance(values, Mapping):
            raise ConfigError(
                f"{name} must be a table of settings ([{name}] in TOML); got {values!r:.80}"
            )
        for key, value in values.items():
            set_option(config, f"{name}.{key}", value)


def _split(key: str) -> tuple[str, str, str | None]:
    """Return group, key, and entry of a table of options or None."""
    name, _, rest = str(key).partition(".")
    field, dot, entry = rest.partition(".")
    hint = hints(groups()[name]).get(field) if name in groups() else None
    if hint is None or (dot and (hint != dict[str, Any] or not entry)):
        raise unknown_setting(str(key), settings())
    return name, field, entry if dot else None
