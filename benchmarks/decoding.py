"""Times of decoding the maps of one image: part affinity fields, and Poseproposal's.

    python benchmarks/decoding.py [--before CHECKOUT] [--authors FOLDER] [--people 1 5 20 50 200]

CHECKOUT is another state of this repository (`git worktree add`), whose decoders run in turn with
ours. FOLDER is a clone of github.com/Daniil-Osokin/lightweight-human-pose-estimation.pytorch, whose
`extract_keypoints` and `group_keypoints` get the maps enlarged four times, as its demo does, which
is part of its time. Exact maps of drawn people at 368x368 (Poseproposal 384x384), 200 people also
at 736x736, and maps of noise. Processor time of one core; the least and the median.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
import types
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import numpy as np
import tensorflow as tf
from people import place_people

from hyperpose_openpose.preprocess import Preprocessor
from hyperpose_openpose.skeletons import COCO
from hyperpose_poseproposal import preprocess as proposal
from hyperpose_poseproposal import skeletons

SECONDS = 1.0
Maps = Sequence[np.ndarray]
Decoder = Callable[[Maps], list]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, metavar="CHECKOUT")
    parser.add_argument("--authors", type=Path, metavar="FOLDER")
    parser.add_argument("--people", type=int, nargs="+", default=[1, 5, 20, 50, 200])
    given = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    cv2.setNumThreads(1)
    openpose = decoders("hyperpose_openpose", COCO, 8, given.before)
    if given.authors is not None:
        openpose["authors"] = authors(given.authors)
    proposals = decoders("hyperpose_poseproposal", skeletons.COCO, 32, given.before)
    print("| maps | people | decoder | least, ms | median, ms | of ours | found |")
    print("|---|---|---|---|---|---|---|")
    for count in given.people:
        table("openpose, 368x368", count, fields(count, 368), openpose)
    table("openpose, 736x736", 200, fields(200, 736), openpose)
    table("openpose, noise of 46x46 cells", "", noise(), openpose)
    for count in (5, 20):
        table("poseproposal, 384x384", count, grids(count, 384), proposals)


def decoders(
    package: str, skeleton: object, stride: int, before: Path | None
) -> dict[str, Decoder]:
    """Return our decoder, and that of another checkout."""
    where = {"ours": None} if before is None else {"ours": None, "before": before}
    return {
        name: _module(package, folder).Postprocessor(skeleton=skeleton, stride=stride, options={})
        for name, folder in where.items()
    }


def _module(package: str, checkout: Path | None) -> types.ModuleType:
    """Import a package's postprocess, from a checkout beside the one that is installed."""
    if checkout is None:
        return importlib.import_module(f"{package}.postprocess")
    installed = {n: m for n, m in sys.modules.items() if n.split(".")[0] == package}
    for name in installed:
        del sys.modules[name]
    sys.path.insert(0, str(checkout / "plugins" / package / "src"))
    found = importlib.import_module(f"{package}.postprocess")
    assert Path(found.__file__).is_relative_to(checkout.resolve()), found.__file__
    for name in [n for n in sys.modules if n.split(".")[0] == package]:
        del sys.modules[name]
    sys.modules.update(installed)
    sys.path.pop(0)
    return found


def authors(folder: Path) -> Decoder:
    """Return the decoding of the authors' demo."""
    sys.path.insert(0, str(folder))
    module = importlib.import_module("modules.keypoints")

    def decode(maps: Maps) -> list:
        conf, paf = (cv2.resize(m, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC) for m in maps)
        found, total = [], 0
        for part in range(18):
            total += module.extract_keypoints(conf[:, :, part], found, total)
        entries, _ = module.group_keypoints(found, paf)
        return list(entries)

    return decode


def fields(count: int, side: int) -> Maps:
    """Return exact maps of so many people."""
    people = place_people(count, side, side)
    pre = Preprocessor(skeleton=COCO, input_size=(side, side), stride=8, options={})
    made = pre.encode(tf.constant(people), tf.zeros((count, 4)), tf.ones((side, side, 1)))
    return [made[name].numpy() for name in ("gt_conf", "gt_paf")]


def noise() -> Maps:
    """Return maps of which every value is drawn evenly."""
    rng = np.random.default_rng(0)
    conf, paf = rng.random((46, 46, 19)), rng.uniform(-1, 1, (46, 46, 38))
    return [conf.astype(np.float32), paf.astype(np.float32)]


def grids(count: int, side: int) -> Maps:
    """Return Poseproposal's exact maps."""
    drawn, skeleton = place_people(count, side, side), skeletons.COCO
    low, high = drawn[..., :2].min(axis=1), drawn[..., :2].max(axis=1)
    people = np.full((count, len(skeleton), 3), 2, np.float32)
    for part, name in enumerate(skeleton.keypoints):
        if name == skeletons.INSTANCE:
            people[:, part, :2] = (low + high) / 2
        else:
            people[:, part] = drawn[:, COCO.index(name)]
    boxes = tf.constant(np.concatenate([low, high - low], axis=1))
    pre = proposal.Preprocessor(skeleton=skeleton, input_size=(side, side), stride=32, options={})
    made = pre.encode(tf.constant(people), boxes, tf.ones((side, side, 1)))
    return [made[name].numpy() for name in pre.map_names]


def table(what: str, count: object, maps: Maps, functions: dict[str, Decoder]) -> None:
    """Print a row for each decoder; they run in turn."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    while any(sum(spent) < SECONDS for spent in times.values()):
        for name, decode in functions.items():
            if sum(times[name]) < SECONDS:
                start = time.process_time()
                decode(maps)
                times[name].append(time.process_time() - start)
    ours = min(times["ours"])
    for name, spent in times.items():
        least, median = min(spent), float(np.median(spent))
        print(
            f"| {what} | {count} | {name} | {1e3 * least:.2f} | {1e3 * median:.2f} "
            f"| {least / ours:.1f} | {len(functions[name](maps))} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
