"""The environment: versions of packages and plugins that each run was made with."""

from __future__ import annotations

from collections.abc import Iterator

from hyperpose_report.contracts import Content, ReportInput
from hyperpose_report.page.elements import element
from hyperpose_report.page.tables import by_run


def section(report: ReportInput) -> Iterator[Content]:
    """Return two tables, in which what differs is marked, and how the runs are named again."""
    labels = [run.label for run in report.runs]
    for part, caption in (("packages", "Packages"), ("plugins", "Plugins")):
        versions = [run.document[part] for run in report.runs]
        if any(versions):
            yield by_run(caption, labels, versions, mark=True)
        else:
            yield element("p", f"{caption}: the run kept no versions.", class_="missing")
    here = {record.name: record.version for record in report.registry.records}
    for run in report.runs:
        changed = [
            f"{name} {version} (now {here.get(name, 'not installed')})"
            for name, version in sorted(run.document["plugins"].items())
            if here.get(name) != version
        ]
        text = f"{run.label}: plugins that are not what they were: {', '.join(changed)}."
        yield element(
            "p", text if changed else f"{run.label}: all of its plugins are still the same."
        )
    yield by_run("Where the runs are", labels, [{"folder": str(run.folder)} for run in report.runs])
