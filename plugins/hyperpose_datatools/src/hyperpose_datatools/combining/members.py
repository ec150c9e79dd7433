"""Members: the configuration of each of the datasets that are trained on together."""

from __future__ import annotations

from dataclasses import replace

from hyperpose_core.config import Config, DataConfig
from hyperpose_core.config.members import alone, combination, says
from hyperpose_core.errors import ConfigError
from hyperpose_core.support.names import normalize

_OF_ONE = ("path", "version", "options", "userdef_dataset", "official")


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
        if says(config.data, name):
            raise ConfigError(f"data.{name} is said of each of data.datasets, not of all")
    for number, member in enumerate(members, 1):
        if combination(member):
            raise ConfigError(f"dataset {number} of data.datasets is a combination itself")
    if len({member.weight is None for member in members}) > 1:
        raise ConfigError("give every dataset of data.datasets a weight, or none of them")
    return [replace(config, data=alone(config.data, member)) for member in members]


def named_members(config: Config) -> dict[str, Config]:
    """Return the configuration of each dataset by its type, with a number where two have the same.

    Raises:
        ConfigError: as `member_configs`.
    """
    configs = member_configs(config)
    types = [one.data.type for one in configs]
    names = [
        name if types.count(name) == 1 else f"{name} ({types[:i].count(name) + 1})"
        for i, name in enumerate(types)
    ]
    return dict(zip(names, configs, strict=True))


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
