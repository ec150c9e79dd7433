"""The plugin: scores of result files, and metrics of distances."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import CommandSpec, MetricSpec


@hookimpl
def hyperpose_register_commands() -> Iterable[CommandSpec]:
    """Offer the command that scores."""
    yield CommandSpec(
        name="score",
        target="hyperpose_scores.command:command",
        summary="Score a result file of anybody's.",
        section="Commands for scores",
    )


@hookimpl
def hyperpose_register_metrics() -> Iterable[MetricSpec]:
    """Offer the metrics of distances."""
    for name, summary in (
        ("pck", "points within `threshold` of the larger side of the person's box"),
        ("pckh", "points within `threshold` of the distance from head top to upper neck"),
        ("epe", "mean distance in pixels of the points that were found"),
        ("auc", "area under PCK from threshold 0 to `largest`"),
    ):
        yield MetricSpec(
            name=name,
            target=f"hyperpose_scores.distances:score_{name}",
            summary=summary,
            lower_is_better=name == "epe",
        )
