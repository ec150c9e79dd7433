"""What a report reads of a run besides its configuration: logs, scores, the last evaluation."""

from __future__ import annotations

import json

from fuzzing import folder, written

from hyperpose_core.runs import Run
from hyperpose_report.reading.evaluation import NAME, kept
from hyperpose_report.reading.metrics_log import read_log, told
from hyperpose_report.reading.run import ReportRun

LOG = b"""2026-01-01 10:00:00 training a (b) on 12 images of COCO with 2 workers
2026-01-01 10:00:09 finished at step 12. It was fast.
"""


def seeds() -> list[bytes]:
    lines = [
        {"kind": "train", "step": 1, "time": 2.5, "loss": 0.5},
        {"kind": "evaluate", "step": 1, "time": 2.5, "AP": 0.5},
    ]
    said = {"time": 1.5, "metrics": {"AP": 0.5}, "images": 3, "protocol": {}, "scores": {}}
    best = {"step": 3, "metric": "AP", "score": 0.5}
    text = "".join(json.dumps(line) + "\n" for line in lines).encode()
    return [text, LOG, json.dumps(said).encode(), json.dumps(best).encode()]


def target(data: bytes) -> None:
    run = Run(folder() / "report")
    for path in (run.metrics, run.log, run.best_score, run.folder / NAME):
        written(str(path.relative_to(folder())), data)
    log = read_log(run.metrics)
    for kind in ("train", "evaluate"):
        for name in log.names(kind):
            log.points(kind, name)
    told(run.log)
    kept(run.folder)
    assert isinstance(ReportRun(run.folder, "a").best, dict)
