"""From `hyperpose train` to the first step, with annotations of COCO train2017's size.

Drawn: 118,287 images, 64,115 of them with people, 264,000 people with polygons, a JSON of 272 MB.
It and as many links to a picture stay in --folder: to make them takes a minute. Processor time and
memory of one step of a small network, without a cache and with one; and the same with a five
hundredth of the images, which is what is not the annotations'.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

IMAGES, WITH_PEOPLE, PEOPLE = 118_287, 64_115, 264_000
WIDTH, HEIGHT = 640, 480
TRAIN = """
import json, resource, sys, time
begin = time.process_time()
from hyperpose_core.cli.quiet import load_tensorflow
load_tensorflow()
from hyperpose_core import Config, get_train
from hyperpose_core.build import get_dataset, get_model
import hyperpose_training.loop
imported = time.process_time() - begin
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
config = Config()
config.log.save_dir, config.log.quiet = sys.argv[2], True
config.model.type, config.model.backbone = "Poseproposal", "Vggtiny"
config.model.backbone_width, config.model.input_size = 0.25, (128, 128)
config.data.type, config.data.path = "COCO", sys.argv[1]
config.train.batch_size, config.train.steps = 4, 1
get_train(config, say=lambda line: None)(get_model(config), get_dataset(config))
seconds = time.process_time() - begin
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
print(json.dumps([seconds, imported, memory / 2**20]))
"""
PARTS = {"a five hundredth of it": 0.002, "all of it": 1.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="outside the repository")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    for name, part in PARTS.items():
        make(given.folder / name.replace(" ", "-"), part)
    found: dict[str, list[list[float]]] = {}
    for _ in range(given.runs):
        with tempfile.TemporaryDirectory() as cache:
            for name in PARTS:
                for time in ("first time", "second time"):
                    folder = given.folder / name.replace(" ", "-")
                    found.setdefault(f"{name}, {time}", []).append(train(folder, Path(cache)))
    print("| | seconds, median | least to most | of these imports | GB above the imports |")
    print("|---|---|---|---|---|")
    for name, runs in found.items():
        seconds, imports, memory = (sorted(column) for column in zip(*runs, strict=True))
        middle = len(runs) // 2
        print(
            f"| {name} | {seconds[middle]:.1f} | {seconds[0]:.1f} to {seconds[-1]:.1f} | "
            f"{imports[middle]:.1f} | {memory[middle]:.2f} |"
        )


def train(folder: Path, cache: Path) -> list[float]:
    """Return seconds, seconds of imports and GB of a training's first step in its own process."""
    threads = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), **dict.fromkeys(threads, "1")}
    with tempfile.TemporaryDirectory() as runs:
        words = [sys.executable, "-c", TRAIN, str(folder), runs]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    result: list[float] = json.loads(done.stdout)
    return result


def make(folder: Path, part: float) -> None:
    """Draw the annotations and link the images, where they are not there yet."""
    file = folder / "annotations" / "person_keypoints_train2017.json"
    if file.exists():
        return
    rng = np.random.default_rng(0)
    images, with_people, people = (int(part * n) for n in (IMAGES, WITH_PEOPLE, PEOPLE))
    file.parent.mkdir(parents=True, exist_ok=True)
    names = [f"{number:012}.jpg" for number in sorted(rng.choice(600_000, images, replace=False))]
    link(folder / "train2017", names)
    of = np.sort(
        np.concatenate([np.arange(with_people), rng.integers(0, with_people, people - with_people)])
    )
    shown = np.sort(rng.choice(images, with_people, replace=False))
    temporary = file.with_suffix(".tmp")
    with temporary.open("w") as out:
        out.write('{"info": {"year": 2017}, "licenses": [], "images": [')
        out.write(", ".join(image_text(name) for name in names))
        out.write('], "annotations": [')
        for number, place in enumerate(of):
            out.write(", " if number else "")
            out.write(person_text(rng, number, int(names[shown[place]][:-4])))
        out.write('], "categories": [{"supercategory": "person", "id": 1, "name": "person"}]}')
    temporary.rename(file)


def image_text(name: str) -> str:
    number = int(name[:-4])
    return (
        f'{{"license": 3, "file_name": "{name}", "coco_url": "http://images.cocodataset.org/'
        f'train2017/{name}", "height": {HEIGHT}, "width": {WIDTH}, "date_captured": '
        f'"2013-11-14 16:28:13", "flickr_url": "http://farm4.staticflickr.com/3153/{name}", '
        f'"id": {number}}}'
    )


def person_text(rng: np.random.Generator, number: int, image: int) -> str:
    """Draw somebody: 57 in 100 have keypoints, 1 in 100 is a crowd."""
    x, y = rng.uniform(0, WIDTH - 60), rng.uniform(0, HEIGHT - 80)
    w, h = rng.uniform(20, WIDTH - x), rng.uniform(30, HEIGHT - y)
    kind = rng.random()
    points = np.zeros((17, 3), int)
    if kind < 0.57:
        points[:, 2] = rng.integers(0, 3, 17)
        places = np.stack([rng.uniform(x, x + w, 17), rng.uniform(y, y + h, 17)], -1)
        points[:, :2] = np.where(points[:, 2:] > 0, places, 0)
    if kind > 0.99:
        runs = np.diff(
            np.sort(rng.choice(WIDTH * HEIGHT - 1, 300, replace=False)),
            prepend=0,
            append=WIDTH * HEIGHT,
        )
        shape = f'{{"counts": {runs.tolist()}, "size": [{HEIGHT}, {WIDTH}]}}'
    else:
        shape = str([outline(rng, x, y, w, h) for _ in range(1 if rng.random() < 0.8 else 2)])
    seen = int((points[:, 2] > 0).sum())
    return (
        f'{{"segmentation": {shape}, "num_keypoints": {seen}, "area": {0.53 * w * h:.4f}, '
        f'"iscrowd": {int(kind > 0.99)}, "keypoints": {points.ravel().tolist()}, '
        f'"image_id": {image}, "bbox": [{x:.2f}, {y:.2f}, {w:.2f}, {h:.2f}], '
        f'"category_id": 1, "id": {number + 183_000}}}'
    )


def outline(rng: np.random.Generator, x: float, y: float, w: float, h: float) -> list[float]:
    corners = int(rng.integers(10, 48))
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    reach = rng.uniform(0.3, 0.5, corners)
    places = np.stack(
        [x + w * (0.5 + reach * np.cos(angle)), y + h * (0.5 + reach * np.sin(angle))], -1
    )
    return [round(float(v), 2) for v in places.ravel()]


def link(folder: Path, names: list[str]) -> None:
    """Make image files, each name a link to a noisy picture: a file has at most 65,000 names."""
    folder.mkdir(exist_ok=True)
    picture = cv2.GaussianBlur(
        np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8), (9, 9), 3
    )
    for number, name in enumerate(names):
        if number % 50_000 == 0:
            first = folder / name
            cv2.imwrite(str(first), picture)
        elif not (folder / name).exists():
            os.link(first, folder / name)


if __name__ == "__main__":
    main()
