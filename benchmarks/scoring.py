"""Scores of a large result file: ours, pycocotools' and faster-coco-eval's, in turn.

Drawn: 5,000 images with 12,500 people, one in twenty a crowd, and 125,000 predictions. Processor
time from the names of the files to the numbers, without imports, of `hyperpose score` and of the
peers' own way.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hyperpose_coco.skeleton import COCO
from hyperpose_core.config import DataConfig
from hyperpose_scores.scoring import score_results

IMAGES, PEOPLE, PREDICTIONS = 5_000, 12_500, 125_000
Files = tuple[Path, Path]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--part", type=float, default=1.0, help="of the size")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = draw(Path(folder), given.part)
        ways: dict[str, Callable[[Files], list[float]]] = {"ours, oks": ours}
        ways |= {"ours, errors": our_errors, "pycocotools, oks": pycocotools}
        if has_faster():
            ways["faster-coco-eval, oks"] = faster_coco_eval
        times: dict[str, list[float]] = {name: [] for name in ways}
        numbers = {}
        for _ in range(given.runs):
            for name, way in ways.items():
                begin = time.process_time()
                with contextlib.redirect_stdout(io.StringIO()):
                    numbers[name] = way(files)
                times[name].append(time.process_time() - begin)
    print("| | seconds, median | least to most | AP |\n|---|---|---|---|")
    for name, seconds in times.items():
        spread = f"{min(seconds):.1f} to {max(seconds):.1f}"
        print(f"| {name} | {statistics.median(seconds):.1f} | {spread} | {numbers[name][0]!r} |")
    same = [name for name, found in numbers.items() if found == numbers["pycocotools, oks"]]
    print(f"\nall ten numbers equal to the last digit: {', '.join(same)}")


def draw(folder: Path, part: float) -> Files:
    """Write annotations and results, and return the files."""
    rng = np.random.default_rng(0)
    images = [
        {"id": number + 1, "file_name": f"{number}.jpg", "width": 640, "height": 480}
        for number in range(int(part * IMAGES))
    ]
    category = {"id": 1, "name": "person", "keypoints": list(COCO.keypoints), "skeleton": []}
    people = [person(rng, number, len(images)) for number in range(int(part * PEOPLE))]
    results = [
        prediction(rng, people[rng.integers(len(people))]) for _ in range(int(part * PREDICTIONS))
    ]
    truth, found = folder / "truth.json", folder / "results.json"
    content = {"images": images, "annotations": people, "categories": [category]}
    truth.write_text(json.dumps(content))
    found.write_text(json.dumps(results))
    return truth, found


def person(rng: np.random.Generator, number: int, images: int) -> dict:
    corner, size = rng.uniform(0, 400, 2), rng.uniform(20, 240, 2)
    points = np.zeros((17, 3), int)
    crowd = rng.random() < 0.05
    if not crowd and rng.random() < 0.6:
        points[:, 2] = rng.integers(0, 3, 17)
        points[:, :2] = (corner + rng.uniform(0, 1, (17, 2)) * size) * (points[:, 2:] > 0)
    return {
        "id": number + 1,
        "image_id": int(rng.integers(images)) + 1,
        "category_id": 1,
        "keypoints": points.ravel().tolist(),
        "num_keypoints": int((points[:, 2] > 0).sum()),
        "bbox": [round(float(v), 2) for v in (*corner, *size)],
        "area": round(float(0.5 * size.prod()), 4),
        "iscrowd": int(crowd),
    }


def prediction(rng: np.random.Generator, of: dict) -> dict:
    """Return somebody near a person: exact, a little beside, or somewhere else."""
    points = np.reshape(of["keypoints"], (17, 3)).astype(float)
    away = rng.choice([0.5, 4.0, 16.0, 200.0])
    points[:, :2] = np.round(points[:, :2] + rng.normal(0, away, (17, 2)), 2)
    points[:, 2] = 1
    score = round(float(rng.random()), 3)
    keypoints = points.ravel().tolist()
    return {"image_id": of["image_id"], "category_id": 1, "keypoints": keypoints, "score": score}


def ours(files: Files) -> list[float]:
    truth, found = files
    config = DataConfig(type="COCO")
    return list(score_results(found, config, ground_truth=truth, metric="oks").metrics.values())


def our_errors(files: Files) -> list[float]:
    truth, found = files
    config = DataConfig(type="COCO")
    return list(score_results(found, config, ground_truth=truth, metric="errors").metrics.values())


def pycocotools(files: Files) -> list[float]:
    from pycocotools import coco
    from pycocotools.cocoeval import COCOeval

    truth = coco.COCO(str(files[0]))
    run = COCOeval(truth, truth.loadRes(str(files[1])), "keypoints")
    run.evaluate()
    run.accumulate()
    run.summarize()
    return run.stats.tolist()


def has_faster() -> bool:
    try:
        import faster_coco_eval  # noqa: F401
    except ImportError:
        print("faster-coco-eval is absent: pip install faster-coco-eval\n")
        return False
    return True


def faster_coco_eval(files: Files) -> list[float]:
    import faster_coco_eval as faster

    truth = faster.COCO(str(files[0]))
    run = faster.COCOeval_faster(truth, truth.loadRes(str(files[1])), "keypoints")
    run.evaluate()
    run.accumulate()
    run.summarize()
    return run.stats.tolist()[:10]


if __name__ == "__main__":
    main()
