"""Seconds to the end of the first train step: tracing, TensorFlow's own optimisation, and the step.

    python benchmarks/first_step.py [--before CHECKOUT] [--models NAME ...] [--runs N] [--profile]

CHECKOUT is another state of this repository (`git worktree add`), which runs in turn with ours. One
image, 368x368 (Poseproposal 384x384); processor time on one core, each run in a process of its own.
`--profile` prints where Python's time goes while the first of the models is traced, and how many
operations of which kind the graph has.
"""

from __future__ import annotations

import argparse
import collections
import cProfile
import json
import os
import pstats
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("OMP_NUM_THREADS", "1")

MODELS = ("MobilenetThinOpenpose", "LightweightOpenpose", "Poseproposal", "Openpose", "Pifpaf")
PARTS = ("tracing", "the first run", "of these its step", "first step")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, metavar="CHECKOUT")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS[:3]))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--once", action="store_true", help="one run, its figures as JSON")
    given = parser.parse_args()
    if given.profile:
        return profile(given.models[0])
    if given.once:
        return print(json.dumps(once(given.models[0])))
    print(f"| processor seconds | | {' | '.join(PARTS)} | least to most | operations |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    states = {"ours": None} if given.before is None else {"ours": None, "before": given.before}
    for model in given.models:
        runs: dict[str, list[dict[str, float]]] = {state: [] for state in states}
        for _ in range(given.runs):
            for state, checkout in states.items():
                runs[state].append(in_process(model, checkout))
        for state, found in runs.items():
            medians = [statistics.median(run[part] for run in found) for part in PARTS]
            whole = sorted(run["first step"] for run in found)
            times = " | ".join(f"{seconds:.2f}" for seconds in medians)
            spread, count = f"{whole[0]:.2f} to {whole[-1]:.2f}", found[0]["operations"]
            print(f"| {model} | {state} | {times} | {spread} | {count:.0f} |", flush=True)
    return None


def in_process(model: str, checkout: Path | None) -> dict[str, float]:
    """Return one run's figures, of the checkout that is installed or of another."""
    environment = dict(os.environ)
    if checkout is not None:
        sources = sorted(checkout.resolve().glob("**/hyperpose_*/src"))
        environment["PYTHONPATH"] = os.pathsep.join(map(str, sources))
    command = [sys.executable, __file__, "--once", "--models", model]
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found


def once(model: str) -> dict[str, float]:
    """Return processor seconds of each part, and how many operations the graph has."""
    trace, step = prepared(model)
    tracing, graph = timed(trace)
    first, _ = timed(step)
    later = min(timed(step)[0] for _ in range(2))
    return {
        "tracing": tracing,
        "the first run": first,
        "of these its step": later,
        "first step": tracing + first,
        "operations": operations(graph).total(),
    }


def prepared(model: str) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return what traces the train step of a model, and what runs it."""
    import tensorflow as tf
    from people import place_people

    from hyperpose_core import Config, get_model
    from hyperpose_core.build.strategy import SingleTrain
    from hyperpose_core.families import Family
    from hyperpose_core.registry import get_registry
    from hyperpose_training.steps.step import TrainStep

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    config, side = Config(), 384 if model == "Poseproposal" else 368
    config.model.type, config.model.input_size = model, (side, side)
    built, family = get_model(config), Family.of(config, get_registry())
    keypoints = tf.zeros((2, len(family.skeleton.keypoints), 3)).numpy()
    people = place_people(2, side, side)
    count = min(keypoints.shape[1], people.shape[1])
    keypoints[:, :count] = people[:, :count]
    boxes, mask = tf.constant([[0, 0, side / 2, side / 2]] * 2), tf.ones((side, side, 1))
    targets = family.preprocessor.encode(tf.constant(keypoints), boxes, mask)
    batch = {name: target[tf.newaxis] for name, target in targets.items()}
    images = tf.random.uniform((1, side, side, 3))
    train = TrainStep(built, family.preprocessor, SingleTrain(config.train), config)
    numbers = tf.constant(1e-4), tf.constant(1, tf.int64)
    return (
        lambda: train._traced.get_concrete_function(images, batch, *numbers).graph,
        lambda: train(images, batch, 1e-4, 1),
    )


def timed(function: Callable[[], object]) -> tuple[float, object]:
    """Return the processor seconds of a call, and what it returned."""
    start = time.process_time()
    returned = function()
    return time.process_time() - start, returned


def operations(graph: object) -> collections.Counter[str]:
    """Count a graph's operations by kind, with those of its functions."""
    definition = graph.as_graph_def()  # type: ignore[attr-defined]
    nodes = [definition.node, *(function.node_def for function in definition.library.function)]
    return collections.Counter(node.op for part in nodes for node in part)


def profile(model: str) -> None:
    """Print where the time goes while a step is traced."""
    trace, _ = prepared(model)
    profiler = cProfile.Profile()
    graph = profiler.runcall(trace)
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(60)
    for kind, count in operations(graph).most_common(30):
        print(f"{count:6} {kind}")


if __name__ == "__main__":
    main()
