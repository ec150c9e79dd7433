"""Making a report: the installed sections, one after the other, and the file."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from hyperpose_core.errors import HyperposeError, InputError, PluginError
from hyperpose_core.specs import ReportSectionSpec
from hyperpose_core.support.files import write_text
from hyperpose_report.contracts import ReportInput
from hyperpose_report.page.document import MARK, Part, page
from hyperpose_report.page.elements import element
from hyperpose_report.reading.run import ReportRun

ALONE, BESIDE = "report.html", "report-{}.html"


def runs_of(
    folders: Sequence[Path], options: Mapping[str, Any], sets: Sequence[str]
) -> tuple[ReportRun, ...]:
    """Return the runs, each under its name; those whose name comes twice under their folders.

    Raises:
        InputError: one is named twice.
    """
    places = [folder.resolve() for folder in folders]
    for place, count in Counter(places).items():
        if count > 1:
            raise InputError(f"the run {place} is named {count} times: name it once")
    names = Counter(place.name for place in places)
    return tuple(
        ReportRun(folder, place.name if names[place.name] == 1 else str(folder), options, sets)
        for folder, place in zip(folders, places, strict=True)
    )


def default_file(folders: Sequence[Path]) -> Path:
    """Return where a report is written: into the one run, or beside the first of several."""
    first = folders[0]
    if len(folders) == 1:
        return first / ALONE
    return first.parent / BESIDE.format("-".join(folder.resolve().name for folder in folders))


def check_file(path: Path) -> None:
    """Raise InputError where something lies there that is no report."""
    if path.is_dir():
        raise InputError(f"{path} is a folder: name a file with --out")
    if path.exists() and MARK.encode() not in path.read_bytes()[:2000]:
        raise InputError(
            f"{path} is there and was not written by hyperpose report: it is left as it is; name "
            f"another file with --out"
        )


def sections(report: ReportInput) -> list[Part]:
    """Make every installed section, by its order and name; one that fails costs itself alone."""
    registry = report.registry
    pairs = zip(
        registry.names(ReportSectionSpec.kind),
        cast(list[ReportSectionSpec], registry.specs(ReportSectionSpec.kind)),
        strict=True,
    )
    ordered = sorted(pairs, key=lambda pair: (pair[1].order, pair[0]))
    return [_part(name, spec.title, report) for name, spec in ordered]


def _part(name: str, title: str, report: ReportInput) -> Part:
    kind, place = ReportSectionSpec.kind, name.replace("/", "-")
    try:
        with contextlib.redirect_stdout(sys.stderr), report.registry.naming(kind, name):
            # Inside: what a generator raises, it raises here.
            content = element("div", report.registry.load(kind, name)(report))
            if not content.children:
                raise PluginError(f"{report.registry.called(kind, name)} returned nothing")
    except HyperposeError as error:
        said, called = " ".join(str(error).split()), report.registry.called(kind, name)
        whole = said if called in said else f"{called}: {said}"
        return Part(place, title, None, f"This section failed: {whole}")
    return Part(place, title, content)


def write(runs: Sequence[ReportRun], parts: Sequence[Part], path: Path) -> None:
    """Write the page, whole or not at all; errors as `write_text`."""
    write_text(path, page(" and ".join(run.label for run in runs), parts))
