"""The run's log: `log.txt` for people, `metrics.jsonl` for programs."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hyperpose_core.contracts.events import EndEvent, EvaluateEvent, LogEvent, StartEvent
from hyperpose_core.runs import Run
from hyperpose_core.support.files import make_folder, naming_full_disk, write_text
from hyperpose_core.support.messages import printable


class RunLog:
    """Appends to the two files of a run.

    A line is one write, whole or not at all, so that neither a killed process nor a full disk
    leaves half of one; what a machine that died left of one is cut. `docs/training.md` says what is
    in a line of `metrics.jsonl`; fields are only ever added.

    Args:
        step: where the training goes on; lines of later steps, left by a run that was killed after
            its last checkpoint, are dropped.
        skipped: image file to how often it could not be used, filled while training.
        unscored: the evaluation of `step` comes again.

    Attributes:
        dropped: how many lines were.
    """

    def __init__(
        self,
        run: Run,
        step: int = 0,
        skipped: Mapping[str, int] | None = None,
        unscored: bool = False,
    ) -> None:
        self.run, self._skipped = run, {} if skipped is None else skipped
        make_folder(run.folder)
        self.dropped = 0
        if run.metrics.exists():
            lines = run.metrics.read_text(encoding="utf-8", errors="replace").splitlines()
            last = {"train": step, "evaluate": step - unscored}
            kept = [line for line in lines if _is_until(last, line)]
            self.dropped = len(lines) - len(kept)
            write_text(run.metrics, "".join(line + "\n" for line in kept))
        if run.log.exists():
            os.truncate(run.log, run.log.read_bytes().rfind(b"\n") + 1)

    def text(self, line: str) -> None:
        """Append a line with the date to `log.txt`."""
        _append(self.run.log, f"{time.strftime('%Y-%m-%d %H:%M:%S')} {printable(line)}\n")

    def metrics(self, step: int, values: Mapping[str, Any], kind: str = "train") -> None:
        """Append an object to `metrics.jsonl` and the same as text to `log.txt`.

        Args:
            values: numbers, texts and truth values by name; a number that is not finite becomes
                null, which JSON has.
        """
        plain = {name: _plain(value) for name, value in values.items()}
        record = {"kind": kind, "step": step, "time": round(time.time(), 3), **plain}
        _append(self.run.metrics, json.dumps(record) + "\n")
        shown = " ".join(f"{name}={_short(value)}" for name, value in plain.items())
        self.text(f"{'' if kind == 'train' else kind + ' '}step {step} {shown}")

    def on_start(self, event: StartEvent) -> None:
        """Say what is trained."""
        model, data = event.settings["model"]["type"], event.settings["data"]["type"]
        workers = f" with {event.workers} workers" if event.workers > 1 else ""
        self.text(f"training {model} on {event.images} images of {data}{workers}")

    def on_log(self, event: LogEvent) -> None:
        """Append the means."""
        self.metrics(event.step, event.values)

    def on_evaluate(self, event: EvaluateEvent) -> None:
        """Append losses and metrics."""
        found = {"best": event.best, "images": event.images, "seconds": round(event.seconds, 3)}
        self.metrics(event.step, {**event.losses, **event.metrics, **found}, "evaluate")

    def on_end(self, event: EndEvent) -> None:
        """Say how it ended, and which images could not be used."""
        for path, count in self._skipped.items():
            self.text(f"skipped {path}: it could not be used ({count} times)")
        self.text(f"{event.reason} at step {event.step}. {event.message}")


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _is_until(last: Mapping[str, int], line: str) -> bool:
    """Say whether a whole line is of a step up to the last of its kind."""
    try:
        record = json.loads(line)
        return float(record["step"]) <= last[record["kind"]]
    except (ValueError, KeyError, TypeError):
        return False


def _append(path: Path, text: str) -> None:
    with naming_full_disk(path):
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        before, left = os.fstat(handle).st_size, text.encode("utf-8")
        try:
            # A full disk takes a part, and says so only when it is given the rest.
            while left:
                left = left[os.write(handle, left) :]
        except OSError:
            os.ftruncate(handle, before)
            raise
        finally:
            os.close(handle)
