"""Scores: the official numbers of the last evaluation, and what they were measured on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hyperpose_report.contracts import Content, ReportInput
from hyperpose_report.page.elements import Element, element
from hyperpose_report.page.tables import by_run, shown
from hyperpose_report.reading.run import ReportRun

LONG = ("sigma_values",)
"""Parts of a protocol that are as many numbers as there are keypoints."""


def section(report: ReportInput) -> Iterator[Content]:
    """Return a table of numbers, those of further metrics, and one of protocols."""
    documents = {run.label: document(run) for run in report.runs}
    for run in report.runs:
        yield from _said(run, documents[run.label])
    there = {label: found for label, found in documents.items() if isinstance(found, Mapping)}
    if not there:
        return
    labels = list(there)
    numbers = [_numbers(found["metrics"], found["protocol"]) for found in there.values()]
    yield by_run("Official numbers", labels, numbers)
    for call in dict.fromkeys(call for found in there.values() for call in found["scores"]):
        more = [_numbers(found["scores"].get(call, {}), {}) for found in there.values()]
        yield by_run(call, labels, more)
    protocols = [_protocol(found) for found in there.values()]
    yield by_run("Protocol: what the numbers were measured on", labels, protocols, mark=True)
    if len({str(one) for one in protocols}) > 1:
        yield element("p", "The protocols differ where rows are marked: compare with care.")


def document(run: ReportRun) -> Mapping[str, Any] | str:
    """Return what the last evaluation said; measured now where it was not kept; else why not."""
    if run.evaluation:
        return run.evaluation
    people = run.people
    if isinstance(people, str):
        return people
    images = len(people.truth)
    return {"metrics": people.official, "images": images, "protocol": {}, "scores": {}}


def _said(run: ReportRun, found: Mapping[str, Any] | str) -> Iterator[Element]:
    if isinstance(found, str):
        yield element(
            "p", found if run.label in found else f"{run.label}: {found}", class_="missing"
        )
        return
    if not run.evaluation:
        text = (
            f"{run.label}: measured for this report on {run.run.results.name} and "
            f"{found['images']:,} annotated images. How it was evaluated was not kept: evaluate "
            f"again for the protocol."
        )
        yield element("p", text, class_="missing")
    if not found["metrics"]:
        text = f"{run.label}: not scored, since nobody but its authors has the annotations."
        yield element("p", text, class_="missing")
    newest = run.run.newest_model
    results = run.run.results
    if newest.is_file() and results.is_file() and newest.stat().st_mtime > results.stat().st_mtime:
        text = (
            f"{run.label}: the newest model is newer than these numbers, which are of one before."
        )
        yield element("p", text, class_="missing")


def _numbers(metrics: Mapping[str, Any], protocol: Mapping[str, Any]) -> dict[str, str]:
    digits = 2 if protocol.get("unit") in ("percent", "pixels") else 3
    return {name: shown(value, digits) for name, value in metrics.items()}


def _protocol(found: Mapping[str, Any]) -> dict[str, Any]:
    said = {name.replace("_", " "): v for name, v in found["protocol"].items() if name not in LONG}
    return said or {"images": found["images"]}
