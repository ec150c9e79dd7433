"""The numbers of an evaluation, kept beside its results file: `evaluation.json`."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hyperpose_core.runs import Run
from hyperpose_core.support.files import read_text, write_text

if TYPE_CHECKING:
    from hyperpose_core.contracts.uses import EvaluationEvent

NAME = "evaluation.json"


def keep(event: EvaluationEvent) -> None:
    """Write what an evaluation said into its run."""
    from hyperpose_core.evaluation.text import plain

    said = {
        "time": round(time.time(), 3),
        "results": _digest(Run(event.run).results),
        "metrics": dict(event.metrics),
        "images": event.images,
        "protocol": dict(event.protocol),
        "scores": {call: dict(metrics) for call, metrics in event.scores.items()},
    }
    write_text(event.run / NAME, json.dumps(plain(said), indent=2) + "\n")


def kept(folder: Path) -> dict[str, Any] | str:
    """Return what `keep` wrote of the run's results, if it did.

    Returns:
        empty where there is nothing, or where the results are of an evaluation that was not kept; a
        sentence where it is damaged.
    """
    path = folder / NAME
    if not path.is_file():
        return {}
    try:
        said = json.loads(read_text(path))
        parts = said["metrics"], said["protocol"], said["scores"], *said["scores"].values()
        if all(isinstance(part, dict) for part in parts):
            results = _digest(Run(folder).results)
            return dict(said) if results in (None, said["results"]) else {}
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        pass
    return f"{path} is not what an evaluation writes: evaluate again."


def _digest(results: Path) -> str | None:
    """Return what tells one results file from another; None where there is none."""
    return hashlib.sha256(results.read_bytes()).hexdigest() if results.is_file() else None
