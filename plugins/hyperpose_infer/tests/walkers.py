"""Drawn people who walk, videos of them, and a stranger's plugin which finds them by their colours.

This module is the plugin as well: `desk` installs its text as a runtime for files `*.walkers`, so
that the whole command runs on it, in this process and in others, without TensorFlow.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from hyperpose_core import DatasetSpec, RuntimeSpec, Skeleton, hookimpl
from hyperpose_core.cli import main
from hyperpose_core.config import Config, to_dict
from hyperpose_core.data.humans import Human
from hyperpose_core.errors import DataError
from hyperpose_core.families import Family
from hyperpose_core.inference import Predictor
from hyperpose_core.registry import get_registry
from hyperpose_infer.sources.capture import quiet_opencv

Infer = Callable[..., tuple[int, str, str]]
WIDTH, HEIGHT, STRIDE = 160, 96, 4
SKELETON = Skeleton("walkers", ("head", "hips", "feet"), limbs=((0, 1), (1, 2)))
PARTS = (16, 48, 80)
"""Where in a frame heads, hips and feet are, from its top."""


@hookimpl
def hyperpose_register_runtimes():
    yield RuntimeSpec(
        name="walkers", target=f"{__name__}:open_file", endings=(".walkers",), module="numpy"
    )


@hookimpl
def hyperpose_register_datasets():
    yield DatasetSpec(name="coco-like", target=f"{__name__}:open_dataset", skeleton=None)


@hookimpl
def hyperpose_on_inference(event):
    if heard := os.environ.get("WALKERS_HEARD"):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        row = [event.image, event.picture, len(event.humans), pages * os.sysconf("SC_PAGESIZE")]
        with Path(heard).open("a") as stream:
            print(*row, file=stream)


def open_file(file: Path, config: Config | None = None, registry: object = None) -> Predictor:
    return predictor(config)


def predictor(config: Config | None = None) -> Predictor:
    """Return what finds walkers."""
    config = config or Config()
    config.model.input_size = (WIDTH, HEIGHT)
    family = Family("walkers", SKELETON, STRIDE, None, people, picture)  # type: ignore[arg-type]
    return _Quick(network, family, config)


class _Quick(Predictor):
    """Reads image files without TensorFlow."""

    def read(self, path: str | Path) -> np.ndarray:
        image = cv2.imread(str(path))
        if image is None:
            raise DataError(f"{path} is no image")
        return np.ascontiguousarray(image[..., ::-1])


seen: list[int] = []
"""How many images each call of the network saw."""


def network(images: np.ndarray) -> list[np.ndarray]:
    """Return how red, green and blue each cell is."""
    seen.append(len(images))
    if sum(seen) > int(os.environ.get("WALKERS_SLOW_AFTER", 0)):
        time.sleep(len(images) * float(os.environ.get("WALKERS_SECONDS", 0)))
    count, height, width, _ = images.shape
    cells = images.reshape(count, height // STRIDE, STRIDE, width // STRIDE, STRIDE, 3)
    means = cells.mean((2, 4))
    return [np.maximum(2 * means - means.sum(-1, keepdims=True), 0).astype(np.float32)]


def people(maps: list[np.ndarray]) -> list[Human]:
    """Return a person for every red blob, with the green and the blue one that are nearest."""
    blobs = [_blobs(maps[0][..., channel]) for channel in range(3)]
    found = []
    for head in blobs[0]:
        points = np.zeros((3, 3), np.float32)
        for part, places in enumerate(blobs):
            if places:
                x, y = min(places, key=lambda place: abs(place[0] - head[0]))
                points[part] = (*(STRIDE * v + 1.5 for v in (x, y)), 1)
        found.append(Human(points, 1 - head[0] / 1000, SKELETON))
    return sorted(found, key=lambda human: -human.score)


def picture(image: np.ndarray, maps: list[np.ndarray], skeleton: Skeleton) -> np.ndarray:
    """Return the maps in their colours, as large as the image."""
    colors = np.uint8(255 * np.clip(maps[0], 0, 1))
    return cv2.resize(colors, image.shape[1::-1], interpolation=cv2.INTER_NEAREST)


def _blobs(heat: np.ndarray) -> list[tuple[float, float]]:
    count, _, _, middles = cv2.connectedComponentsWithStats((heat > 0.25).astype(np.uint8))
    return [(float(x), float(y)) for x, y in middles[1:count]]


def frame(*walkers: float) -> np.ndarray:
    """Draw people at these places, those that come later before the others; BGR."""
    image = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    for x in walkers:
        left = round(x) - 6
        cv2.rectangle(image, (left - 2, 4), (left + 14, 92), (40, 40, 40), -1)
        for y, color in zip(PARTS, ((0, 0, 255), (0, 255, 0), (255, 0, 0)), strict=True):
            cv2.rectangle(image, (left, y - 6), (left + 11, y + 5), color, -1)
    return image


def crossing(count: int) -> list[tuple[float, float]]:
    """Return where two people are who walk through the picture in opposite directions."""
    share = np.arange(count) / max(count - 1, 1)
    return [(20 + 120 * float(s), 140 - 120 * float(s)) for s in share]


def write_video(
    path: Path, places: list[tuple[float, ...]], rate: float = 25.0, codec: str = "mp4v"
) -> Path:
    """Write a video of people at places."""
    quiet_opencv()
    fourcc = cv2.VideoWriter.fourcc(*codec)
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, fourcc, rate, (WIDTH, HEIGHT))
    assert writer.isOpened()
    for walkers in places:
        writer.write(frame(*walkers))
    writer.release()
    return path


def read_video(path: Path) -> tuple[list[np.ndarray], float]:
    """Return the frames of a video, BGR, and its rate."""
    capture, frames = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG), []
    assert capture.isOpened(), path
    while (read := capture.read())[0]:
        frames.append(read[1])
    return frames, capture.get(cv2.CAP_PROP_FPS)


def lines(folder: Path) -> list[dict]:
    """Return the JSON lines of a folder."""
    return [json.loads(line) for line in (folder / "frames.jsonl").read_text().splitlines()]


@pytest.fixture
def desk(install_plugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder, in which the test runs, with the file `a.walkers`, which the plugin opens."""
    install_plugin("walkers", Path(__file__).read_text(encoding="utf-8"))
    get_registry.cache_clear()
    (tmp_path / "a.walkers").touch()
    (tmp_path / "a.walkers.json").write_text(json.dumps({"config": to_dict(Config())}))
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    get_registry.cache_clear()


def to_results(humans: Mapping[int | str, Sequence[Human]]) -> list[dict[str, object]]:
    """Return people as the results of the dataset `coco-like`."""
    return [
        {"image_id": image, "keypoints": human.keypoints.ravel().tolist()}
        for image, people in humans.items()
        for human in people
    ]


def open_dataset(config: object) -> SimpleNamespace:
    return SimpleNamespace(skeleton=SKELETON, to_results=to_results)


@pytest.fixture
def infer(desk, capfd) -> Infer:
    """Run the command, and return its exit code, standard output and standard error."""

    def run(*words: str | Path) -> tuple[int, str, str]:
        capfd.readouterr()
        where = ("--model-file", "a.walkers", "--out", "found")
        code = main(["infer", *map(str, words), *where])
        return code, *capfd.readouterr()

    return run
