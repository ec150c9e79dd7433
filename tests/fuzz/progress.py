"""What a checkpoint says of the training that it is of, inside of a whole archive."""

from __future__ import annotations

import json
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import numpy as np
from fuzzing import folder

from hyperpose_core.build.weights import save_weights
from hyperpose_core.config import Config
from hyperpose_core.runs import Run
from hyperpose_training.feeding.shard import from_record
from hyperpose_training.keeping.checkpoint import Progress, load_checkpoint
from hyperpose_training.keeping.provenance import differences, origin
from hyperpose_training.optimizing.schedule import LearningRate
from hyperpose_training.scoring.selection import Best

TRAINING: Any = SimpleNamespace(variables={}, config=Config())
RATE = LearningRate(TRAINING.config.train)
NOW = origin(TRAINING.config, [])


def seeds() -> list[bytes]:
    workers = {"block": 4, "start": 0, "done": [1, 1]}
    best = {"metric": "AP", "score": 0.5, "step": 2, "stale": 0}
    kept = {"bad_batches": 1, "best": best, "position": 8, "workers": workers}
    whole = Progress(step=3, position=8, seed=5, kept=kept, origin=NOW)
    return [json.dumps(asdict(one)).encode() for one in (whole, Progress(step=3))]


def target(data: bytes) -> None:
    run = Run(folder() / "run")
    path = run.model_dir / "checkpoint-00000003.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    save_weights(path, {"progress": np.array(data.decode("utf-8", "replace"))})
    progress = load_checkpoint(run, TRAINING)
    differences(progress.origin, NOW, RATE)
    Best.from_dict(progress.kept.get("best", {}))
    from_record({**progress.kept, "position": progress.position}, 0, 2, 4)
