"""The numbers of an evaluation, kept beside its results file: `evaluation.json`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hyperpose_core.support.files import read_text, write_text

if TYPE_CHECKING:
    from hyperpose_core.contracts.uses import EvaluationEvent

NAME = "evaluation.json"


def keep(event: EvaluationEvent) -> None:
    """Write what an evaluation said into its run."""
    from hyperpose_core.evaluation.text import plain

    said = {
        "time": round(time.time(), 3),
        "metrics": dict(event.metrics),
        "images": event.images,
        "protocol": dict(event.protocol),
        "scores": {call: dict(metrics) for call, metrics in event.scores.items()},
    }
    write_text(event.run / NAME, json.dumps(plain(said), indent=2) + "\n")


def kept(folder: Path) -> dict[str, Any] | str:
    """Return what `keep` wrote; empty where there is nothing, a sentence where it is damaged."""
    path = folder / NAME
    if not path.is_file():
        return {}
    try:
        said = json.loads(read_text(path))
        parts = said["metrics"], said["protocol"], said["scores"]
        if all(isinstance(part, dict) for part in parts):
            return dict(said)
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        pass
    return f"{path} is not what an evaluation writes: evaluate again."
