"""A process that ends while images are read ahead ends, whoever still holds the training."""

from __future__ import annotations

from pathlib import Path

from tiny_runs import python

SCRIPT = """
from pathlib import Path
from tiny_training import config_of
from hyperpose_core import get_dataset, get_model
from hyperpose_core.build.strategy import SingleTrain
from hyperpose_core.registry import get_registry
from hyperpose_training.setup import Setup

config = config_of(Path("."), "train.steps=4")
strategy, registry = SingleTrain(config.train), get_registry()
# Several, since each of them may by chance have nothing under way.
trainings = [
    Setup(get_model(config), get_dataset(config), config, registry, strategy) for _ in range(8)
]
for training in trainings:
    next(training.batches)
print("done", flush=True)
"""


def test_it_ends(tmp_path):
    done = python("-c", SCRIPT, cwd=tmp_path, timeout=120, PYTHONPATH=str(Path(__file__).parent))
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
