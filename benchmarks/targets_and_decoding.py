"""Times of targets and decoding, those of openpose beside the 2021 library's, in one run.

    python benchmarks/targets_and_decoding.py [--peer FOLDER] [--people 1 5 20 50]

FOLDER is where the wheel `hyperpose==2.2.0` from PyPI was unpacked (`pip download --no-deps`, then
`unzip`). Its functions run under this interpreter, as they are; its decoder gets the maps enlarged
to 640x480, as its evaluation does, which is part of its time. One core, best of several runs, ours
and the peer's in turn.
"""

from __future__ import annotations

import argparse
import os
import time
import types
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from peer import import_peer
from people import place_people

from hyperpose_coco.skeleton import COCO as PERSON
from hyperpose_openpose.postprocess import Postprocessor
from hyperpose_openpose.preprocess import Preprocessor
from hyperpose_openpose.skeletons import COCO
from hyperpose_pifpaf import postprocess, preprocess

SIDE, STRIDE, CELLS = 368, 8, 46


def best_times(functions: dict[str, Callable[[], object]], seconds: float) -> dict[str, float]:
    """Return the best time of each in milliseconds; they run in turn for about `seconds` each."""
    best = dict.fromkeys(functions, np.inf)
    spent = dict.fromkeys(functions, 0.0)
    while any(s < seconds for s in spent.values()):
        for name, function in functions.items():
            if spent[name] < seconds:
                start = time.perf_counter()
                function()
                took = time.perf_counter() - start
                best[name], spent[name] = min(best[name], took), spent[name] + took
    return {name: 1e3 * value for name, value in best.items()}


def load_peer(folder: Path | None) -> types.SimpleNamespace | None:
    """Return the peer's functions, None where it is absent."""
    modules = import_peer(
        folder, "Model.openpose.utils", "Model.openpose.processor", "Model.openpose.define"
    )
    if modules is None:
        return None
    utils, processor, define = modules
    parts, limbs = define.CocoPart, define.CocoLimb
    post = processor.PostProcessor(parts, limbs, SIDE, SIDE, CELLS, CELLS)
    size = (SIDE, SIDE, CELLS, CELLS)
    return types.SimpleNamespace(
        encode=lambda annos: (
            utils.get_heatmap(annos, *size, parts, limbs),
            utils.get_vectormap(annos, *size, parts, limbs),
        ),
        decode=lambda conf, paf: post.process(conf, paf, 480, 640, data_format="channels_last"),
    )


def measure(count: int, peer: types.SimpleNamespace | None) -> list[str]:
    """Return the two rows of the table for one number of people."""
    people = place_people(count, SIDE, SIDE)
    pre = Preprocessor(skeleton=COCO, input_size=(SIDE, SIDE), stride=STRIDE, options={})
    post = Postprocessor(skeleton=COCO, stride=STRIDE, options={})
    boxes, mask = tf.zeros((count, 4)), tf.ones((SIDE, SIDE, 1))
    keypoints = tf.constant(people)
    encode = tf.function(pre.encode, reduce_retracing=True)
    targets = encode(keypoints, boxes, mask)
    conf, paf = targets["gt_conf"].numpy(), targets["gt_paf"].numpy()
    found = {"ours": len(post((conf, paf)))}
    coding = {"ours": lambda: encode(keypoints, boxes, mask)}
    decoding = {"ours": lambda: post((conf, paf))}
    if peer is not None:
        annos = people[..., :2].tolist()
        coding["peer"] = lambda: peer.encode(annos)
        decoding["peer"] = lambda: peer.decode(conf, paf)
        found["peer"] = len(peer.decode(conf, paf))
    rows = []
    for name, functions in (("targets", coding), ("decoding", decoding)):
        times = best_times(functions, 1.0)
        theirs = times.get("peer")
        note = ", ".join(f"{n}" for n in found.values()) if name == "decoding" else ""
        rows.append(
            f"| {name} | {count} | {times['ours']:.2f} | "
            + (f"{theirs:.1f} | {theirs / times['ours']:.0f} |" if theirs else "absent | |")
            + f" {note} |"
        )
    return rows


def measure_pifpaf(count: int) -> list[str]:
    """Return the two rows of the table for one number of people; the peer has no such decoder."""
    order = [COCO.index(name) for name in PERSON.keypoints]
    keypoints = tf.constant(place_people(count, SIDE, SIDE)[:, order])
    pre = preprocess.Preprocessor(
        skeleton=PERSON, input_size=(SIDE, SIDE), stride=STRIDE, options={}
    )
    post = postprocess.Postprocessor(skeleton=PERSON, stride=STRIDE, options={})
    given = keypoints, tf.zeros((count, 4)), tf.ones((SIDE, SIDE, 1))
    encode = tf.function(pre.encode, reduce_retracing=True)
    targets = encode(*given)
    maps = [targets[name].numpy() for name in pre.map_names]
    times = best_times({"targets": lambda: encode(*given), "decoding": lambda: post(maps)}, 1.0)
    notes = {"targets": "", "decoding": f"{len(post(maps))}"}
    return [f"| pifpaf, {n} | {count} | {t:.2f} | | | {notes[n]} |" for n, t in times.items()]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", type=Path, help="folder with the unpacked hyperpose 2.2.0")
    parser.add_argument("--people", type=int, nargs="+", default=[1, 5, 20, 50])
    args = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    peer = load_peer(args.peer)
    print("| 368x368 | people | ours, ms | hyperpose 2.2.0, ms | ratio | people found |")
    print("|---|---|---|---|---|---|")
    for count in args.people:
        print("\n".join([*measure(count, peer), *measure_pifpaf(count)]), flush=True)


if __name__ == "__main__":
    main()
