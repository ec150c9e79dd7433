"""The run's log: `log.txt` for people, `metrics.jsonl` for programs."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping

from hyperpose_core.files import make_folder, write_text
from hyperpose_core.runs import Run


class RunLog:
    """Appends to the two files of a run.

    A line is one write, so that a killed process leaves whole lines. A line of `metrics.jsonl` is
    an object with `step` (int), `time` (seconds since 1970), `learning_rate`, `images_per_second`,
    the losses by name (`loss` is the one that is minimised) and `gradient_norm`; losses are means
    over the steps since the line before.

    Args:
        step: where the training goes on; lines of later steps, left by a run that was killed after
            its last checkpoint, are dropped.
    """

    def __init__(self, run: Run, step: int = 0) -> None:
        self.run = run
        make_folder(run.folder)
        if run.metrics.exists():
            lines = run.metrics.read_text(encoding="utf-8").splitlines()
            kept = [line for line in lines if _step_of(line) <= step]
            write_text(run.metrics, "".join(line + "\n" for line in kept))

    def text(self, line: str) -> None:
        """Append a line with the date to `log.txt`."""
        _append(self.run.log, f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")

    def metrics(self, step: int, values: Mapping[str, float]) -> None:
        """Append an object to `metrics.jsonl` and the same as text to `log.txt`."""
        record = {"step": step, "time": round(time.time(), 3), **values}
        _append(self.run.metrics, json.dumps(record) + "\n")
        self.text(f"step {step} " + " ".join(f"{k}={v:.6g}" for k, v in values.items()))


def _step_of(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")


def _append(path: os.PathLike[str], text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(handle, text.encode("utf-8"))
    finally:
        os.close(handle)
