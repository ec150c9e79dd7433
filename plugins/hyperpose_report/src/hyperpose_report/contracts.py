"""What a section of a report gets, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hyperpose_core.registry import Registry
from hyperpose_report.page.elements import Content
from hyperpose_report.reading.run import ReportRun

__all__ = ["Content", "ReportInput", "Section"]


@dataclass(frozen=True)
class ReportInput:
    """What a report is about.

    Args:
        runs: in the order in which they were named, one at least; each has a label of its own.
        registry: the installed plugins.
    """

    runs: tuple[ReportRun, ...]
    registry: Registry


class Section(Protocol):
    """What the target of a `ReportSectionSpec` is: a function that makes the section's content.

    It writes nothing and asks nobody on the network. What a run has not is said in a sentence. An
    exception costs this section alone.
    """

    def __call__(self, report: ReportInput) -> Content:
        """Return elements and texts, as `page.elements.element` makes them; texts are escaped."""
        ...
