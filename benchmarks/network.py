"""Seconds of the network alone, forward and in training, beside the 2021 library's, in one run.

    python benchmarks/network.py [--peer FOLDER] [--authors FOLDER --authors-python PYTHON]
                                 [--models NAME ...]

One image, 368x368 (Poseproposal 384x384), one core, every model in a process of its own. FOLDER is
where the wheel `hyperpose==2.2.0` from PyPI was unpacked (`pip download --no-deps`, then `unzip`).
Its models run under this interpreter as they are, with the train step that its training has: an L2
term for every weight, and Adam of Keras. Beside LightweightOpenpose also its authors' network in
PyTorch, from a clone of github.com/Daniil-Osokin/lightweight-human-pose-estimation.pytorch, by an
interpreter that has PyTorch. The runs are in turn, the best of several.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import tensorflow as tf
from authors import Authors
from peer import import_peer
from people import place_people

PEERS = {
    "LightweightOpenpose": ("openpose.model.lw_openpose", "LightWeightOpenPose"),
    "MobilenetThinOpenpose": ("openpose.model.mbv2_th_openpose", "MobilenetThinOpenpose"),
    "Poseproposal": ("pose_proposal.model", "PoseProposal"),
    "Openpose": ("openpose.model.openpose", "OpenPose"),
}
PRECISIONS = ("float32", "bfloat16")
Run = Callable[[], object]


def ours(name: str, side: int, precision: str) -> tuple[Run, Run]:
    """Return our forward pass and our train step, on one image."""
    from hyperpose_core import Config, get_model
    from hyperpose_core.build.strategy import SingleTrain
    from hyperpose_core.families import Family
    from hyperpose_core.inference.forward import trace_forward
    from hyperpose_core.registry import get_registry
    from hyperpose_training.steps.step import TrainStep

    config = Config()
    config.model.type, config.model.input_size = name, (side, side)
    config.train.precision = precision
    model = get_model(config)
    family = Family.of(config, get_registry())
    people = place_people(2, side, side)
    keypoints = np.zeros((2, len(family.skeleton.keypoints), 3), np.float32)
    count = min(keypoints.shape[1], people.shape[1])
    keypoints[:, :count] = people[:, :count]
    boxes = np.array([[0, 0, side / 2, side / 2]] * 2, np.float32)
    targets = family.preprocessor.encode(
        tf.constant(keypoints), tf.constant(boxes), tf.ones((side, side, 1))
    )
    batch = {key: value[tf.newaxis] for key, value in targets.items()}
    images = tf.random.uniform((1, side, side, 3))
    forward = trace_forward(model, precision=precision)
    step = TrainStep(model, family.preprocessor, SingleTrain(config.train), config)

    return lambda: forward(images), lambda: step(images, batch, 1e-4, 1)


def theirs(folder: Path | None, name: str, side: int) -> tuple[Run, Run] | None:
    """Return the peer's forward pass and its train step, on one image."""
    place, class_name = PEERS[name]
    modules = import_peer(folder, f"Model.{place}")
    if modules is None:
        return None
    model = getattr(modules[0], class_name)(hin=side, win=side, data_format="channels_last")
    decay, adam = tf.keras.regularizers.L2(2e-4), tf.keras.optimizers.Adam(1e-4)
    images = tf.random.uniform((1, side, side, 3))
    model.eval()
    outputs = model.forward(images, is_train=False)

    def loss() -> Any:
        if name == "Poseproposal":
            found = model.forward(images, is_train=True)
            delta, _, *rest = targets
            return sum(model.cal_loss(delta, *rest, tf.ones_like(rest[-1]), *found))
        # As its `cal_loss`, which repeats the mask along the wrong axis in channels_last.
        stages = zip(*model.forward(images, is_train=True)[2:], strict=True)
        pairs = [zip(targets, stage, strict=True) for stage in stages]
        return tf.reduce_mean([tf.nn.l2_loss(a - b) for pair in pairs for a, b in pair])

    targets = [tf.abs(output) for output in outputs]

    @tf.function
    def step() -> None:
        with tf.GradientTape() as tape:
            total = loss() + sum(decay(weight) for weight in model.trainable_weights)
        gradients = tape.gradient(total, model.trainable_weights)
        adam.apply_gradients(zip(gradients, model.trainable_weights, strict=True))

    def infer() -> object:
        model.eval()
        return model.infer(images)

    def train() -> None:
        model.train()
        step()

    return infer, train


def seconds(run: Run) -> float:
    """Return how long it takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def measure(name: str, given: argparse.Namespace) -> None:
    """Print the rows of one model."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    side = 384 if name == "Poseproposal" else 368
    pairs = {precision: ours(name, side, precision) for precision in PRECISIONS}
    peer = theirs(given.peer, name, side)
    if peer is not None:
        pairs["peer"] = peer
    if given.authors and name == "LightweightOpenpose":
        network = Authors(given.authors, given.authors_python)
        pairs["authors"] = partial(network.run, "forward"), partial(network.run, "train step")
    for which, what in enumerate(("forward", "train step")):
        first = {key: seconds(pair[which]) for key, pair in pairs.items()}
        best = dict.fromkeys(pairs, np.inf)
        for _ in range(3 if name == "Openpose" else 8):
            for key, pair in pairs.items():
                best[key] = min(best[key], seconds(pair[which]))
        _print_row(f"{name}, {what}", best)
    _print_row(f"{name}, first train step", first)


def _print_row(title: str, times: dict[str, float]) -> None:
    own, low = (times[precision] for precision in PRECISIONS)
    cells = [f"{own:.2f}", f"{low:.2f}"]
    for peer in ("peer", "authors"):
        time = times.get(peer)
        cells += ["absent", ""] if time is None else [f"{time:.2f}", f"{time / own:.1f}"]
    print(f"| {' | '.join([title, *cells])} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", type=Path, help="folder with the unpacked hyperpose 2.2.0")
    parser.add_argument("--authors", type=Path, help="folder with the authors' clone")
    parser.add_argument("--authors-python", default=sys.executable, help="one with PyTorch")
    parser.add_argument("--models", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--rows", action="store_true", help="only the rows of one model")
    args = parser.parse_args()
    if args.rows:
        return measure(args.models[0], args)
    peers = "hyperpose 2.2.0, s | ratio | authors' PyTorch, s | ratio"
    print(f"| one image, one core | ours, s | bfloat16, s | {peers} |")
    print("|---|---|---|---|---|---|---|", flush=True)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    for name in args.models:
        subprocess.run([sys.executable, *sys.argv, "--rows", "--models", name], check=True)
    return None


if __name__ == "__main__":
    main()
