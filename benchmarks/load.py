"""Annotations of COCO train2017's size through check-data, filters, a training and scores.

Those of `annotations.py`: 118,287 images, 264,000 people; beside them a prediction for each person,
exact, a little beside or somewhere else. Each command in a process of its own: seconds by the clock
and of the processor, and the most memory that it held. A smaller --part shows what grows with it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from annotations import make
from scoring import prediction

FILTERS = (
    "no-crowd, min-keypoints(count=5), min-area, min-people, max-people(count=20), "
    "min-image-size, every-nth(n=2)"
)
FILTER = """
import sys
from hyperpose_core import get_dataset
from hyperpose_core.config import resolve_config
from hyperpose_core.data import filters
from hyperpose_core.registry import get_registry
config = resolve_config(sets=sys.argv[1:])
samples = list(get_dataset(config).train_samples())
kept = filters.apply(samples, config.data, get_registry())
print(len(samples), "images,", len(kept.samples), "kept;", kept.dropped)
"""
TRAIN = (
    *("model.type=Poseproposal", "model.backbone=Vggtiny", "model.backbone_width=0.25"),
    *("model.input_size=64x64", "train.batch_size=16", "log.quiet=true"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="outside the repository")
    parser.add_argument("--part", type=float, default=1.0, help="of the size")
    parser.add_argument("--steps", type=int, default=500, help="of the training; 16 images each")
    given = parser.parse_args()
    data = given.folder / f"part-{given.part:g}"
    make(data, given.part)
    truth = data / "annotations" / "person_keypoints_train2017.json"
    results = predictions(truth, data / "results.json")
    of = ["--dataset", "coco", "--data", data]
    sets = [word for text in TRAIN for word in ("--set", text)]
    print("| | seconds | of the processor | GB at most |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        train = ["--name", "load", "--save-dir", folder, "--steps", given.steps, *of, *sets]
        run("every filter", "-c", FILTER, f"data.path={data}", f"data.filters={FILTERS}")
        run(f"train, {given.steps} steps", "-m", "hyperpose_core", "train", *train)
        scored = [results, "--dataset", "coco", "--ground-truth", truth]
        run("score", "-m", "hyperpose_core", "score", *scored)
        errors = [*scored, "--metric", "errors"]
        run("score --metric errors", "-m", "hyperpose_core", "score", *errors)
        checked = ["check-data", "coco", "--data", data, "--split", "train", "--quiet"]
        run("check-data", "-m", "hyperpose_core", *checked)


def run(name: str, *words: object) -> None:
    """Run Python with some words, and print what it took."""
    threads = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **dict.fromkeys(threads, "1")}
    begin = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *map(str, words)], env=environment, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    said = process.stdout.read().decode().splitlines()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds, memory = time.monotonic() - begin, used.ru_maxrss / 2**20
    ended = f", exit code {process.returncode}" if process.returncode else ""
    print(f"| {name}{ended} | {seconds:.0f} | {used.ru_utime + used.ru_stime:.0f} | {memory:.2f} |")
    print(*said[:12], sep="\n", file=sys.stderr, flush=True)
    sys.stdout.flush()


def predictions(truth: Path, results: Path) -> Path:
    """Write a prediction for every person, where they are not there yet."""
    if not results.exists():
        rng = np.random.default_rng(0)
        people = json.loads(truth.read_text())["annotations"]
        temporary = results.with_suffix(".tmp")
        temporary.write_text(json.dumps([prediction(rng, person) for person in people]))
        temporary.rename(results)
    return results


if __name__ == "__main__":
    main()
