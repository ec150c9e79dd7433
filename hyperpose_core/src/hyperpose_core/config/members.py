"""Members: one dataset among several that are trained on together (`data.datasets`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hyperpose_core.config.data import MEMBER_SETTINGS, DataConfig
from hyperpose_core.support.names import normalize

MULTIPLE = "MULTIPLE"
"""`data.type` where `data.datasets` lists the datasets."""
_SPLITS = ("train_split", "eval_split")
"""Said of all, these count for those that do not say otherwise."""
_DEFAULTS = DataConfig()


def changed(member: DataConfig) -> dict[str, Any]:
    """Return what a member says other than the defaults, its type always."""
    own = {name: getattr(member, name) for name in MEMBER_SETTINGS}
    return {name: value for name, value in own.items() if name == "type" or says(member, name)}


def says(data: DataConfig, name: str) -> bool:
    """Say whether a setting has another value than its default."""
    return bool(getattr(data, name) != getattr(_DEFAULTS, name))


def is_multiple(name: str) -> bool:
    """Say whether a dataset's name, or `"plugin/name"`, is that of several."""
    return name.rpartition("/")[2].upper() == MULTIPLE


def combination(data: DataConfig) -> str | None:
    """Return the name of the dataset that trains on several together; None where there is one."""
    if is_multiple(data.type):
        plugin, slash, _ = data.type.rpartition("/")
        return f"{plugin}{slash}{MULTIPLE}"
    return MULTIPLE if data.datasets else None


def choose_member(data: DataConfig) -> None:
    """Make one dataset of several, in place: that of `data.type`, with the settings it has there.

    What is said of `data` itself stays. Of two of that type, or none, only the type is taken.
    """
    members, data.datasets = data.datasets, []
    found = [member for member in members if normalize(member.type) == normalize(data.type)]
    if len(found) != 1:
        return
    chosen = alone(data, found[0])
    for name in {*MEMBER_SETTINGS} - {"type", "weight"}:
        if name in ("filters", "filter") or not says(data, name):
            setattr(data, name, getattr(chosen, name))


def alone(data: DataConfig, member: DataConfig) -> DataConfig:
    """Return the settings with which one of several datasets is opened alone."""
    own = {name: getattr(member, name) for name in MEMBER_SETTINGS}
    own["filters"] = [*data.filters, *member.filters]
    own["filter"] = _both(data.filter, member.filter)
    own |= {name: getattr(data, name) for name in _SPLITS if not says(member, name)}
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
