"""The dataset that a configuration names, a user's own, or several; whole or one split of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, cast

from hyperpose_core.build.skeleton import USERDEF
from hyperpose_core.config import Config
from hyperpose_core.config.members import combination
from hyperpose_core.contracts import Dataset
from hyperpose_core.errors import ConfigError
from hyperpose_core.registry import Registry

_CONTRACT = ("train_samples", "eval_samples", "evaluate", "to_results")


def open_dataset(config: Config, registry: Registry) -> Dataset:
    """Open what the group `data` names; errors as `build.get_dataset`."""
    data = config.data
    if (several := combination(data)) is not None:
        dataset = cast(Dataset, registry.load("dataset", several)(config, registry))
    elif data.userdef_dataset is not None:
        dataset = _own(config, registry)
    elif data.type == USERDEF:
        raise ConfigError(
            "data.type is USERDEF and there is no data.userdef_dataset: a dataset of your own "
            "cannot be read back from a file; give it again with Config.set_userdef_dataset"
        )
    else:
        dataset = cast(Dataset, registry.make("dataset", data.type, data))
    if data.added is not None:
        return cast(Dataset, data.added.added_to(dataset, data.official))
    if not data.official:
        raise ConfigError(
            "data.official is false and there is no added data: add some with "
            "Config.set_useradd_data, or train on the dataset's own images too"
        )
    return dataset


def _own(config: Config, registry: Registry) -> Dataset:
    """Return the user's own dataset, adapted where it does not keep the contract.

    Raises:
        UnknownComponentError: it has the methods of 2021, and nothing installed adapts them.
    """
    made = _made(config.data.userdef_dataset, config)
    if all(callable(getattr(made, name, None)) for name in _CONTRACT) and hasattr(made, "skeleton"):
        return cast(Dataset, made)
    return cast(Dataset, registry.make("dataset", USERDEF, made, config))


def _made(given: Any, config: Config) -> Any:
    """Return an object, or call the class or function that makes one: with the configuration if
    it takes an argument.
    """
    if not (inspect.isclass(given) or inspect.isroutine(given)):
        return given
    make: Callable[..., Any] = given
    try:
        inspect.signature(make).bind(config)
    except TypeError:
        return make()
    except ValueError:
        pass
    return make(config)
