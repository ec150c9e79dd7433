"""What sections that measure people share: who can be measured, and the sentence for who cannot."""

from __future__ import annotations

from hyperpose_report.contracts import ReportInput
from hyperpose_report.page.elements import Element, element
from hyperpose_report.reading.measuring import unmeasurable
from hyperpose_report.reading.people import People


def colours_of(report: ReportInput) -> dict[str, int]:
    """Return the number of each run's colour, by label: the same in every chart."""
    return {run.label: number for number, run in enumerate(report.runs)}


def measurable(report: ReportInput) -> tuple[dict[str, People], list[Element]]:
    """Return the people of the runs that have an evaluation, by label, and why others have not."""
    there, missing = {}, []
    for run in report.runs:
        people = run.people
        problem = people if isinstance(people, str) else unmeasurable(people)
        if isinstance(people, People) and not problem:
            there[run.label] = people
        else:
            text = problem if problem.startswith(f"{run.label}:") else f"{run.label}: {problem}"
            missing.append(element("p", text, class_="missing"))
    return there, missing
