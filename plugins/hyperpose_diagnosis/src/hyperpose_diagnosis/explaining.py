"""The explanation of a batch that is not finite: a sentence, and the files that are kept of it."""

from __future__ import annotations

from hyperpose_core.contracts.events import Explanation, NotFiniteEvent
from hyperpose_diagnosis.diagnosis import Diagnosis, diagnose
from hyperpose_diagnosis.keeping import files_of
from hyperpose_diagnosis.report import report_of, sentence


def explain(event: NotFiniteEvent) -> Explanation:
    """Return why the batch of this worker is not finite; the model stays as it is."""
    found = diagnose(event) if event.losses else Diagnosis(data=dict(event.annotations))
    report = report_of(found, event)
    return Explanation(
        text=sentence(report, event), guilty=found.found, files=files_of(event.batch, report)
    )
