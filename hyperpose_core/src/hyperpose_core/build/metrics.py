"""Metrics: numbers on predictions that plugins bring, beside the dataset's official ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from hyperpose_core.config.call_arguments import with_arguments
from hyperpose_core.config.calls import MetricCall
from hyperpose_core.config.coerce import MismatchError
from hyperpose_core.contracts import Score
from hyperpose_core.data.humans import Human
from hyperpose_core.data.raw import RawSample
from hyperpose_core.errors import InputError, PluginError
from hyperpose_core.registry import Registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.specs import MetricSpec

Found = Mapping[int | str, Sequence[Human]]


def metric_call(text: str) -> MetricCall:
    """Read `name` or `name(argument=value, ...)`; InputError where the text is neither."""
    try:
        return MetricCall.from_setting(text)
    except MismatchError as error:
        raise InputError(str(error) or f"{text!r} is no metric") from error


def check(call: MetricCall, registry: Registry) -> None:
    """See that a metric can be loaded and takes its arguments.

    Raises:
        UnknownComponentError, PluginError: there is none of that name, or its plugin is broken.
        ConfigError: it does not take these arguments.
    """
    with_arguments(registry.load(MetricSpec.kind, call.name), call, given=3)


def measured(
    call: MetricCall,
    truth: Sequence[RawSample],
    found: Found,
    skeleton: Skeleton,
    registry: Registry,
) -> Score:
    """Return what a metric says; truth, found and skeleton are those of `contracts.Metric`.

    Raises:
        UnknownComponentError, ConfigError: as `check`.
        PluginError: the metric fails, or returns something else than numbers.
    """
    check(call, registry)
    score = registry.make(MetricSpec.kind, call.name, truth, found, skeleton, **call.arguments)
    try:
        return replace(score, metrics={n: float(v) for n, v in score.metrics.items()})
    except (TypeError, ValueError, AttributeError) as error:
        raise PluginError(
            f"the metric {call.name!r} must return a contracts.Score whose metrics are numbers by "
            f"name; it returned {score!r:.80}"
        ) from error


def is_measured(value: float) -> bool:
    """Say whether a number means something: -1 and NaN stand for nobody to find."""
    return math.isfinite(value) and value != -1


def people_wanted(truth: Iterable[RawSample]) -> int:
    """Return how many people there are to find."""
    return sum(int(sample.wanted.sum()) for sample in truth)
