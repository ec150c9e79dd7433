"""Members: one dataset among several that are trained on together (`data.datasets`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hyperpose_core.config.data import MEMBER_SETTINGS, DataConfig
from hyperpose_core.config.schema import Config
from hyperpose_core.errors import ConfigError
from hyperpose_core.support.names import normalize

MULTIPLE = "MULTIPLE"
"""`data.type` where `data.datasets` lists the datasets."""
_SPLITS = ("train_split", "eval_split")
"""Said of all, these count for those that do not say otherwise."""
_OF_ONE = ("path", "version", "options", "userdef_dataset", "official")
_DEFAULTS = DataConfig()


def changed(member: DataConfig) -> dict[str, Any]:
    """Return what a member says other than the defaults, its type always."""
    own = {name: getattr(member, name) for name in MEMBER_SETTINGS}
    return {name: value for name, value in own.items() if name == "type" or _says(member, name)}


def _says(data: DataConfig, name: str) -> bool:
    return bool(getattr(data, name) != getattr(_DEFAULTS, name))


def is_combined(data: DataConfig) -> bool:
    """Say whether several datasets are trained on together."""
    return bool(data.datasets) or data.type.upper() == MULTIPLE


def member_configs(config: Config) -> list[Config]:
    """Return for each dataset of `data.datasets` the whole configuration with it alone.

    Raises:
        ConfigError: there is none, one is a combination itself, or only some have a weight.
    """
    members = config.data.datasets
    if not members:
        raise ConfigError(
            "data.type is MULTIPLE and there are no data.datasets: list them ([[data.datasets]] in "
            "TOML), or call Config.set_multiple_dataset"
        )
    for name in _OF_ONE:
        if _says(config.data, name):
            raise ConfigError(f"data.{name} is said of each of data.datasets, not of all")
    for number, member in enumerate(members, 1):
        if is_combined(member):
            raise ConfigError(f"dataset {number} of data.datasets is a combination itself")
    if len({member.weight is None for member in members}) > 1:
        raise ConfigError("give every dataset of data.datasets a weight, or none of them")
    return [replace(config, data=_alone(config.data, member)) for member in members]


def evaluated_index(data: DataConfig) -> int:
    """Return which of `data.datasets` is evaluated on.

    Raises:
        ConfigError: `data.eval_dataset` names none of them, or two.
    """
    wanted = data.eval_dataset
    if wanted is None:
        return 0
    types = [member.type for member in data.datasets]
    found = [i for i, name in enumerate(types) if normalize(name) == normalize(wanted)]
    if wanted.isdecimal() and 1 <= int(wanted) <= len(types):
        return int(wanted) - 1
    if len(found) != 1:
        listed = ", ".join(f"{i} {name}" for i, name in enumerate(types, 1))
        raise ConfigError(
            f"data.eval_dataset is {wanted!r}, which is {'two' if found else 'none'} of "
            f"data.datasets: choose one by its number: {listed}"
        )
    return found[0]


def evaluated_data(data: DataConfig) -> DataConfig:
    """Return the settings of the dataset that is evaluated on, one of several or the only one."""
    return _alone(data, data.datasets[evaluated_index(data)]) if is_combined(data) else data


def choose_member(data: DataConfig) -> None:
    """Make one dataset of several, in place: that of `data.type`, with the settings it has there.

    What is said of `data` itself stays. Of two of that type, or none, only the type is taken.
    """
    members, data.datasets = data.datasets, []
    found = [member for member in members if normalize(member.type) == normalize(data.type)]
    if len(found) != 1:
        return
    alone = _alone(data, found[0])
    for name in {*MEMBER_SETTINGS} - {"type", "weight"}:
        if name in ("filters", "filter") or not _says(data, name):
            setattr(data, name, getattr(alone, name))


def _alone(data: DataConfig, member: DataConfig) -> DataConfig:
    own = {name: getattr(member, name) for name in MEMBER_SETTINGS}
    own["filters"] = [*data.filters, *member.filters]
    own["filter"] = _both(data.filter, member.filter)
    own |= {name: getattr(data, name) for name in _SPLITS if not _says(member, name)}
    return replace(data, datasets=[], eval_dataset=None, **own)


def _both(first: Any, second: Any) -> Any:
    """Return a filter that keeps what both keep; the name says which they are."""
    if first is None or second is None:
        return first or second

    def both(sample: Any) -> bool:
        return bool(first(sample)) and bool(second(sample))

    names = [getattr(one, "__name__", type(one).__name__) for one in (first, second)]
    both.__name__ = " and ".join(names)
    return both
