"""An evaluation in batches against one image after another, and where its time goes.

python benchmarks/evaluation.py --data DIR --weights lightweight_openpose_coco.npz
python benchmarks/evaluation.py --memory

DIR is in COCO's layout. `--cores` is how many cores TensorFlow's ops use and, where the system can,
the whole process; compare two runs. `--memory` sees 5,000 drawn images and needs no data.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHOWN = 500


@dataclass
class Timed:
    """The network, with the seconds that it took: of the clock, and of the processor.

    `share` is of a whole that lasted so many seconds.
    """

    network: Callable[[NDArray[np.float32]], Sequence[NDArray[np.float32]]]
    seconds: float = 0.0
    processor: float = 0.0

    def __call__(self, images: NDArray[np.float32]) -> Sequence[NDArray[np.float32]]:
        clock, processor = time.perf_counter(), time.process_time()
        try:
            return self.network(images)
        finally:
            self.seconds += time.perf_counter() - clock
            self.processor += time.process_time() - processor


def one_by_one(predictor: Any, paths: Sequence[Path]) -> list[Any]:
    """See images as evaluations did before: read, look, decode, and only then the next."""
    from hyperpose_core.inference.predictor import read_image

    found = []
    for path in paths:
        maps, view = predictor.maps(read_image(path, turn=False))
        found.append(predictor.decode(maps, view))
    return found


def in_batches(predictor: Any, paths: Sequence[Path]) -> list[Any]:
    """See images as evaluations do."""
    from hyperpose_core.inference.predictor import read_image
    from hyperpose_core.inference.stream import Stream

    read = partial(read_image, turn=False)
    return [seen.people for seen in Stream(predictor, list(paths), read=read)]


WAYS = {"one by one": one_by_one, "in batches": in_batches}


def compare(given: argparse.Namespace) -> None:
    """Time both ways in turn, and score what they find."""
    from hyperpose_core import Config, get_dataset, get_registry, load_predictor
    from hyperpose_core.config import resolve_config
    from hyperpose_core.runs import Run
    from hyperpose_core.skeletons.converters import convert
    from hyperpose_weights.importing import import_weights

    registry = get_registry()
    with tempfile.TemporaryDirectory() as folder:
        options = {"model.type": "LightweightOpenpose", "model.name": "published"}
        more = {"data.path": str(given.data), "data.type": "coco", "log.save_dir": folder}
        run = Run(Path(import_weights(given.weights, {**options, **more}).run.folder))
        settings = {"eval.batch_size": given.batch_size, "eval.fit": given.fit}
        config: Config = resolve_config(run=run.config, options=settings)
        predictor = load_predictor(run.folder, config)
    dataset = get_dataset(config)
    samples = list(dataset.eval_samples())
    paths = [sample.path for sample in samples]
    network = predictor.network
    times: dict[str, list[tuple[float, float, float, float]]] = {way: [] for way in WAYS}
    found: dict[str, list[Any]] = {}
    for way, see in WAYS.items():
        found[way] = see(predictor, paths)  # also traces
    for turn in range(given.repeats):
        for way in list(WAYS)[:: 1 if turn % 2 else -1]:
            timed = predictor.network = Timed(network)
            clock, processor = time.perf_counter(), time.process_time()
            WAYS[way](predictor, paths)
            clock, processor = time.perf_counter() - clock, time.process_time() - processor
            times[way].append((clock, processor, timed.seconds, timed.processor))
    for way, people in found.items():
        theirs = {
            sample.image_id: [
                type(h)(
                    convert(h.keypoints, h.skeleton, dataset.skeleton, registry),
                    h.score,
                    dataset.skeleton,
                )
                for h in humans
            ]
            for sample, humans in zip(samples, people, strict=True)
        }
        clock, processor, seen, _ = (statistics.median(c) for c in zip(*times[way], strict=True))
        share = statistics.median(t[2] / t[0] for t in times[way])
        print(
            f"{way}: AP {dataset.evaluate(theirs)['AP']:.4f}, {len(paths) / clock:.2f} images/s, "
            f"{processor / len(paths):.4f} s of the processor an image, of the time "
            f"{share:.3f} the network's ({seen:.2f} of {clock:.2f} s)"
        )
    pairs = list(zip(times["one by one"], times["in batches"], strict=True))
    for name, place in (("throughput", 0), ("processor time", 1), ("the network alone", 2)):
        ratios = sorted(a[place] / b[place] for a, b in pairs)
        print(
            f"{name}, one by one over in batches: {statistics.median(ratios):.2f} "
            f"({ratios[0]:.2f} to {ratios[-1]:.2f}, {len(pairs)} pairs)"
        )
    apart = max(
        (
            float(np.abs(a.keypoints - b.keypoints).max())
            for both in zip(*found.values(), strict=True)
            for a, b in zip(*both, strict=True)
        ),
        default=0.0,
    )
    print(f"largest difference of a coordinate or score between the two: {apart:.2g}")


def drawn(count: int) -> Iterator[NDArray[np.uint8]]:
    """Yield small images of three shapes with blocks in them."""
    draws = np.random.default_rng(0)
    for number in range(count):
        width, height = ((160, 120), (120, 160), (128, 128))[number % 3]
        image = draws.integers(0, 255, (height // 8, width // 8, 3), np.uint8)
        yield np.repeat(np.repeat(image, 8, 0), 8, 1)


def resident() -> float:
    """Return the process's memory, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def memory(given: argparse.Namespace) -> None:
    """Print what memory the process has while 5,000 images are seen."""
    from hyperpose_core import get_model, get_registry
    from hyperpose_core.build import completed
    from hyperpose_core.config import resolve_config
    from hyperpose_core.families import Family
    from hyperpose_core.inference import Predictor
    from hyperpose_core.inference.forward import network_of

    registry = get_registry()
    settings = {
        **{"model.type": "LightweightOpenpose", "model.input_size": (128, 128)},
        **{"model.width": 0.25, "eval.fit": "height", "eval.batch_size": given.batch_size},
    }
    config = completed(resolve_config(options=settings), registry)
    network = network_of(get_model(config, pretrained=False), config)
    predictor = Predictor(network, Family.of(config, registry), config)
    for number, _ in enumerate(predictor(drawn(given.images)), 1):
        if number % SHOWN == 0 or number == 100:
            print(f"after {number} images: {resident():.0f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--fit", choices=("box", "height"), default="box")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--images", type=int, default=5000)
    given = parser.parse_args()
    if not given.memory and not (given.data and given.weights):
        parser.error("name --data and --weights, or ask for --memory")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: given.cores])
    os.environ |= {
        "OMP_NUM_THREADS": str(given.cores),
        "TF_NUM_INTRAOP_THREADS": str(given.cores),
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    memory(given) if given.memory else compare(given)


if __name__ == "__main__":
    main()
