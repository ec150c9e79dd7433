"""Members: the settings of one dataset among several that are trained on together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

from hyperpose_core.config.coerce import MismatchError
from hyperpose_core.errors import ConfigError
from hyperpose_core.support.names import normalize

if TYPE_CHECKING:
    from hyperpose_core.config.schema import Config, DataConfig

MULTIPLE = "MULTIPLE"
"""`data.type` where `data.datasets` lists the datasets."""
PYTHON_ONLY = ("filter", "userdef_dataset", "added")
"""Of a member's settings, those whose values cannot be written."""
SETTINGS = (
    *("type", "path", "version", "train_split", "eval_split"),
    *("filters", "official", "options", "weight"),
    *PYTHON_ONLY,
)
"""What may be said of one dataset; what varies the images is said once for all."""
_SPLITS = ("train_split", "eval_split")
"""Said of all, these count for those that do not say otherwise."""
_OF_ONE = ("path", "version", "options", "userdef_dataset", "official")

_Member = TypeVar("_Member")


def read(cls: type[_Member], value: Any) -> _Member:
    """Make a member from a table of its settings, or return the one that is given.

    Raises:
        MismatchError: it is no table, or has a setting that a member has not or that is wrong.
    """
    if isinstance(value, cls):
        return value
    if not isinstance(value, Mapping):
        raise MismatchError
    for key in value:
        if key not in SETTINGS:
            raise MismatchError(f"a dataset has no {key!r}; there are {', '.join(SETTINGS)}")
    if "type" not in value and "userdef_dataset" not in value:
        raise MismatchError("each dataset needs its type")
    try:
        return cls(**value)
    except ConfigError as error:
        raise MismatchError(str(error)) from error


def changed(member: DataConfig) -> dict[str, Any]:
    """Return what a member says other than the defaults, its type always."""
    own = {name: getattr(member, name) for name in SETTINGS}
    return {
        name: value
        for name, value in own.items()
        if name == "type" or value != _default(name, member)
    }


def _default(name: str, group: DataConfig) -> Any:
    [item] = [item for item in fields(group) if item.name == name]
    return item.default if item.default_factory is MISSING else item.default_factory()


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
        if getattr(config.data, name) != _default(name, config.data):
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
    for name in {*SETTINGS} - {"type", "weight"}:
        merged = name in ("filters", "filter")
        if merged or getattr(data, name) == _default(name, data):
            setattr(data, name, getattr(alone, name))


def _alone(data: DataConfig, member: DataConfig) -> DataConfig:
    own = {name: getattr(member, name) for name in SETTINGS}
    own["filters"] = [*data.filters, *member.filters]
    own["filter"] = _both(data.filter, member.filter)
    for name in _SPLITS:
        if getattr(member, name) == _default(name, member):
            own[name] = getattr(data, name)
    return replace(data, datasets=[], eval_dataset=None, **own)


def _both(first: Any, second: Any) -> Any:
    """Return a filter that keeps what both keep; the name says which they are."""
    if first is None or second is None:
        return first or second

    def both(sample: Any) -> bool:
        return bool(first(sample)) and bool(second(sample))

    both.__name__ = f"{_name(first)} and {_name(second)}"
    return both


def _name(function: Any) -> str:
    return getattr(function, "__name__", type(function).__name__)
