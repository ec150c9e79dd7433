"""The numbers of an evaluation by name, and which one `train.best_metric` asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from hyperpose_core.build.metrics import metric_call
from hyperpose_core.config.calls import MetricCall
from hyperpose_core.contracts import Score
from hyperpose_core.errors import InputError, UnknownComponentError
from hyperpose_core.registry import Registry
from hyperpose_core.specs import MetricSpec


def named(text: str | None, registry: Registry) -> MetricCall | None:
    """Return the installed metric that `train.best_metric` names; None where it names a number."""
    try:
        call = metric_call(text or "")
        spec = registry.get(MetricSpec.kind, call.name)
    except (InputError, UnknownComponentError):
        return None
    # A dataset may have numbers of its own that are spelt so but for the case: MPII's AUC.
    return call if spec.name == call.name.rpartition("/")[2] else None


def lower_is_better(call: MetricCall, registry: Registry) -> bool:
    """Say whether of two models the one with the smaller number is the better."""
    return cast(MetricSpec, registry.get(MetricSpec.kind, call.name)).lower_is_better


def together(
    official: Mapping[str, float], scores: Mapping[str, Score]
) -> tuple[dict[str, float], dict[str, str]]:
    """Return all numbers by name, and by metric the name of its first one.

    One whose name is taken is called `metric/name`.
    """
    numbers = dict(official)
    first: dict[str, str] = {}
    for call, score in scores.items():
        for name, value in score.metrics.items():
            free = f"{call}/{name}" if name in numbers else name
            numbers[free] = value
            first.setdefault(call, free)
    return numbers, first
