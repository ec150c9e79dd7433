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
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHOWN = 500
Network = Callable[[NDArray[np.float32]], Sequence[NDArray[np.float32]]]


class Timed:
    """A network whose calls are timed, in seconds of the clock."""

    def __init__(self, network: Network) -> None:
        self.network, self.seconds = network, 0.0

    def __call__(self, images: NDArray[np.float32]) -> Sequence[NDArray[np.float32]]:
        begun = time.perf_counter()
        try:
            return self.network(images)
        finally:
            self.seconds += time.perf_counter() - begun


class Remembered:
    """A network that has seen everything: it takes no time, and what is left is the rest's."""

    def __init__(self, network: Network) -> None:
        self.network: Network | None = network
        self.outputs: list[Sequence[NDArray[np.float32]]] = []
        self.calls = 0

    def __call__(self, images: NDArray[np.float32]) -> Sequence[NDArray[np.float32]]:
        if self.network is not None:
            self.outputs.append(self.network(images))
            return self.outputs[-1]
        self.calls += 1
        return self.outputs[(self.calls - 1) % len(self.outputs)]


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


class Comparison:
    """Both ways of seeing the images of a predictor's dataset, timed in turn.

    Attributes:
        found: by way, the people in every image.
        seconds: by way and pair: of the clock, of the processor, of the network by the clock.
        beside: by way and repetition, seconds of the processor without the network.
    """

    def __init__(self, predictor: Any, paths: Sequence[Path]) -> None:
        self.predictor, self.paths, self.network = predictor, paths, predictor.network
        self.found: dict[str, list[Any]] = {}
        self.seconds: dict[str, list[tuple[float, float, float]]] = {way: [] for way in WAYS}
        self.beside: dict[str, list[float]] = {way: [] for way in WAYS}

    def look(self, repeats: int) -> None:
        """See everything once for what is found and remembered, and then to be timed."""
        for way, see in WAYS.items():
            self.predictor.network = remembered = Remembered(self.network)
            self.found[way] = see(self.predictor, self.paths)
            remembered.network = None
            for _ in range(repeats):
                begun = time.process_time()
                see(self.predictor, self.paths)
                self.beside[way].append(time.process_time() - begun)
        for turn in range(repeats):
            for way in list(WAYS)[:: 1 if turn % 2 else -1]:
                self.predictor.network = timed = Timed(self.network)
                clock, processor = time.perf_counter(), time.process_time()
                WAYS[way](self.predictor, self.paths)
                ended = time.perf_counter(), time.process_time()
                self.seconds[way].append((ended[0] - clock, ended[1] - processor, timed.seconds))

    def lines(self, ap: Callable[[Sequence[Any]], float]) -> Iterator[str]:
        """Yield what came out; medians."""
        count = len(self.paths)
        for way, seconds in self.seconds.items():
            clock, processor, _ = (statistics.median(c) for c in zip(*seconds, strict=True))
            beside = statistics.median(self.beside[way])
            shown = statistics.median(one[2] / one[0] for one in seconds)
            yield (
                f"{way}: AP {ap(self.found[way]):.4f}, {count / clock:.2f} images/s; of the time "
                f"{shown:.3f} in the network; {1e3 * processor / count:.1f} ms of the processor an "
                f"image, {1e3 * beside / count:.1f} beside the network: its share "
                f"{1 - beside / processor:.3f}"
            )
        pairs = list(zip(*self.seconds.values(), strict=True))
        for name, place in (("time", 0), ("processor time", 1)):
            ratios = sorted(one[place] / batches[place] for one, batches in pairs)
            yield (
                f"{name}, one by one over in batches: {statistics.median(ratios):.2f} "
                f"({ratios[0]:.2f} to {ratios[-1]:.2f}, {len(pairs)} pairs)"
            )
        yield f"largest difference of a coordinate or a score: {self._apart():.2g}"

    def _apart(self) -> float:
        return max(
            float(np.abs(one.keypoints - other.keypoints).max())
            for people in zip(*self.found.values(), strict=True)
            for one, other in zip(*people, strict=True)
        )


def compare(given: argparse.Namespace) -> None:
    """Time both ways in turn, and score what they find."""
    from hyperpose_core import get_dataset, get_registry, load_predictor
    from hyperpose_core.config import resolve_config
    from hyperpose_core.data.humans import Human
    from hyperpose_core.runs import Run
    from hyperpose_core.skeletons.converters import convert
    from hyperpose_weights.importing import import_weights

    with tempfile.TemporaryDirectory() as folder:
        options = {"model.type": "LightweightOpenpose", "model.name": "published"}
        more = {"data.path": str(given.data), "data.type": "coco", "log.save_dir": folder}
        run = Run(Path(import_weights(given.weights, {**options, **more}).run.folder))
        settings = {
            **{"eval.batch_size": given.batch_size, "eval.fit": given.fit},
            "eval.precision": given.precision,
        }
        config = resolve_config(run=run.config, options=settings)
        predictor = load_predictor(run.folder, config)
    dataset, registry = get_dataset(config), get_registry()
    samples = list(dataset.eval_samples())

    def ap(found: Sequence[Any]) -> float:
        theirs = dataset.skeleton
        humans = {
            sample.image_id: [
                Human(convert(h.keypoints, h.skeleton, theirs, registry), h.score, theirs)
                for h in people
            ]
            for sample, people in zip(samples, found, strict=True)
        }
        return float(dataset.evaluate(humans)["AP"])

    comparison = Comparison(predictor, [sample.path for sample in samples])
    comparison.look(given.repeats)
    print("\n".join(comparison.lines(ap)))


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
    parser.add_argument("--fit", choices=("box", "height"), default="height")
    parser.add_argument("--precision", default="float32")
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
    if given.memory:
        memory(given)
    else:
        compare(given)


if __name__ == "__main__":
    main()
