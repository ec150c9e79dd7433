"""Samples a second of the input pipeline, beside the 2021 library's, in one run.

    python benchmarks/input_pipeline.py [--peer FOLDER] [--people 1 5 20] [--cores 1 2]

Both read, decode and augment the same 640x480 JPEG files, make the targets of 368x368 and batch
them by 8. FOLDER is where the wheel `hyperpose==2.2.0` from PyPI was unpacked (`pip download
--no-deps`, then `unzip`); its functions run under this interpreter, as they are. The runs are in
turn, the best of three counts.
"""

from __future__ import annotations

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import numpy as np
from peer import import_peer
from people import place_people

WIDTH, HEIGHT, SIDE, STRIDE, BATCH, IMAGES = 640, 480, 368, 8, 8, 64


def write_images(folder: Path) -> list[str]:
    """Write smooth noise, which compresses about as photographs do."""
    rng = np.random.default_rng(0)
    paths = []
    for i in range(IMAGES):
        coarse = rng.integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3), np.uint8)
        image = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        noisy = np.clip(image + rng.normal(0, 6, image.shape), 0, 255).astype(np.uint8)
        paths.append(str(folder / f"{i}.jpg"))
        cv2.imwrite(paths[-1], noisy)
    return paths


def ours(paths: list[str], people: np.ndarray, batches: int) -> Iterator[object]:
    """Make our batches."""
    from hyperpose_core import Config
    from hyperpose_core.data.samples import Sample
    from hyperpose_openpose.preprocess import Preprocessor
    from hyperpose_openpose.skeletons import COCO
    from hyperpose_training.feeding.batches import TrainBatches
    from hyperpose_training.feeding.source import Source

    config = Config()
    config.model.input_size, config.train.batch_size = (SIDE, SIDE), BATCH
    boxes = np.zeros((len(people), 4), np.float32)
    samples = [Sample(i, Path(path), WIDTH, HEIGHT, people, boxes) for i, path in enumerate(paths)]
    pre = Preprocessor(skeleton=COCO, input_size=(SIDE, SIDE), stride=STRIDE, options={})
    return iter(TrainBatches(Source(samples), pre, COCO, config, steps=batches))


def theirs(folder: Path | None) -> Callable[[list[str], np.ndarray, int], Iterator[object]] | None:
    """Return what makes the peer's batches, put together as its training does."""
    modules = import_peer(
        folder,
        "Model.openpose.train",
        "Model.openpose.processor",
        "Model.openpose.define",
        "Model.augmentor",
    )
    if modules is None:
        return None
    train, processor, define, augmentor = modules
    import tensorflow as tf

    def batches(paths: list[str], people: np.ndarray, count: int) -> Iterator[object]:
        del count
        pre = processor.PreProcessor(
            parts=define.CocoPart,
            limbs=define.CocoLimb,
            hin=SIDE,
            win=SIDE,
            hout=SIDE // STRIDE,
            wout=SIDE // STRIDE,
            colors=None,
            data_format="channels_last",
        )
        change = augmentor.Augmentor(
            hin=SIDE, win=SIDE, angle_min=-30, angle_max=30, zoom_min=0.5, zoom_max=0.8
        )
        target = {"kpt": people[..., :2].tolist(), "mask": None, "labeled": 1}
        function = train.get_paramed_map_fn(change, pre, data_format="channels_last")
        data = tf.data.Dataset.from_tensor_slices((paths, [pickle.dumps(target)] * len(paths)))
        data = data.shuffle(4096).repeat()
        workers = max(len(os.sched_getaffinity(0)) // 2, 1)
        return iter(data.map(function, num_parallel_calls=workers).batch(BATCH).prefetch(64))

    return batches


def rate(make: Callable[..., Iterator[object]], paths: list[str], people: np.ndarray) -> float:
    """Return samples a second, the first batches left out."""
    warm, counted = 8, 24
    iterator = make(paths, people, warm + counted)
    for _ in range(warm):
        next(iterator)
    start = time.perf_counter()
    for _ in range(counted):
        next(iterator)
    return counted * BATCH / (time.perf_counter() - start)


def measure(args: argparse.Namespace) -> None:
    """Print the rows for the cores that this process has."""
    cores = len(os.sched_getaffinity(0))
    peer = theirs(args.peer)
    with tempfile.TemporaryDirectory() as folder:
        paths = write_images(Path(folder))
        for count in args.people:
            people = place_people(count, WIDTH, HEIGHT)
            best = {"ours": 0.0, "theirs": 0.0}
            for _ in range(3):
                best["ours"] = max(best["ours"], rate(ours, paths, people))
                if peer is not None:
                    best["theirs"] = max(best["theirs"], rate(peer, paths, people))
            ratio = f"{best['ours'] / best['theirs']:.0f}" if peer is not None else ""
            found = f"{best['theirs']:.0f}" if peer is not None else "absent"
            print(f"| {count} | {cores} | {best['ours']:.0f} | {found} | {ratio} |", flush=True)


def main() -> None:
    """Print the table, each number of cores in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", type=Path, help="folder with the unpacked hyperpose 2.2.0")
    parser.add_argument("--people", type=int, nargs="+", default=[1, 5, 20])
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rows", action="store_true", help="only the rows, on the cores it has")
    args = parser.parse_args()
    if args.rows:
        return measure(args)
    print("| people | cores | ours, images/s | hyperpose 2.2.0, images/s | ratio |")
    print("|---|---|---|---|---|", flush=True)
    every = sorted(os.sched_getaffinity(0))
    for cores in args.cores:
        os.sched_setaffinity(0, every[:cores])
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--rows"], check=True)
    return None


if __name__ == "__main__":
    main()
