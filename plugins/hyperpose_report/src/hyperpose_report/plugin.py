"""The plugin: the command, our sections, and what is kept of every evaluation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import CommandSpec, ReportSectionSpec

if TYPE_CHECKING:
    from hyperpose_core.contracts import uses

_SECTIONS = (
    ("trained", "What was trained", "model, data, counts, and settings that are not the defaults"),
    ("curves", "Curves", "losses, learning rate and scores while it was trained"),
    ("time", "Where the time went", "data, network, validation, and what bounds the speed"),
    ("scores", "Scores", "the official numbers and their protocol"),
    ("precision-recall", "Precision and recall", "at thresholds of OKS"),
    ("errors", "What lacks to AP 1", "the error split"),
    ("keypoints", "Keypoints", "how good each is in matched people"),
    ("images", "Best and worst images", "found people over annotated ones"),
    ("environment", "Environment", "versions of packages and plugins"),
)


@hookimpl
def hyperpose_register_commands() -> Iterable[CommandSpec]:
    """Offer the command that writes the page."""
    yield CommandSpec(
        name="report",
        target="hyperpose_report.command:command",
        summary="Write a page about runs.",
        section="Commands for scores",
    )


@hookimpl
def hyperpose_register_report_sections() -> Iterable[ReportSectionSpec]:
    """Offer the sections of every report, a hundred apart, so that others fit between them."""
    for number, (name, title, summary) in enumerate(_SECTIONS, start=1):
        yield ReportSectionSpec(
            name=name,
            target=f"hyperpose_report.sections.{name.replace('-', '_')}:section",
            title=title,
            order=100 * number,
            summary=summary,
        )


@hookimpl
def hyperpose_on_evaluation(event: uses.EvaluationEvent) -> None:
    """Keep the numbers and their protocol in the run: its results file has neither."""
    from hyperpose_report.reading.evaluation import keep

    keep(event)
