"""Filters: which samples of a dataset are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hyperpose_core.config.call_arguments import with_arguments
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError, HyperposeError
from hyperpose_core.specs import FilterSpec
from hyperpose_core.support.promises import owned, owner

if TYPE_CHECKING:
    from hyperpose_core.config import DataConfig
    from hyperpose_core.registry import Registry

Filter = Callable[[Any], Any]


@dataclass
class Filtered:
    """What the filters left.

    Args:
        samples: the kept ones, in their order.
        dropped: how many each filter was the first to refuse, by the filter's name.
    """

    samples: list[Sample]
    dropped: dict[str, int] = field(default_factory=dict)


def apply(samples: Iterable[Sample], config: DataConfig, registry: Registry) -> Filtered:
    """Keep the samples that every filter of the configuration keeps.

    Args:
        config: `filters` names registered filters, `filter` is the user's own, applied last.

    Raises:
        UnknownComponentError: no plugin offers a filter of that name.
        ConfigError: a filter fails on a sample, which is named.
    """
    chosen = filters(config, registry)
    result = Filtered([], dict.fromkeys(chosen, 0))
    for sample in samples:
        refusing = next((n for n, keeps in chosen.items() if not _ask(n, keeps, sample)), None)
        if refusing is None:
            result.samples.append(sample)
        else:
            result.dropped[refusing] += 1
    return result


def filters(config: DataConfig, registry: Registry) -> dict[str, Filter]:
    """Return the filters of the configuration by their texts, in the order they are asked in.

    Raises:
        UnknownComponentError: no plugin offers a filter of that name.
        ConfigError: a filter does not take the arguments that it is given.
    """
    loaded = {call: registry.load(FilterSpec.kind, call.name) for call in config.filters}
    chosen: dict[str, Filter] = {
        str(call): owned(with_arguments(keeps, call), owner(keeps))
        for call, keeps in loaded.items()
    }
    if config.filter is not None:
        name = getattr(config.filter, "__name__", type(config.filter).__name__)
        chosen[f"your filter {name}"] = config.filter
    return chosen


def _ask(name: str, keeps: Filter, sample: Sample) -> bool:
    try:
        return bool(keeps(sample))
    except HyperposeError as error:
        raise ConfigError(f"the filter {name!r}, image {sample.image_id!r}: {error}") from error
    except Exception as error:
        whose = f" in {owner(keeps)}" if owner(keeps) else ""
        raise ConfigError(
            f"the filter {name!r} failed on image {sample.image_id!r}: "
            f"{type(error).__name__}: {error}{whose}"
        ) from error
