"""Small datasets in COCO's form for tests: noise for images, upright people for annotations."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from hyperpose_coco.skeleton import COCO
from hyperpose_core.config import Config

# x and y of somebody who faces the camera, in an image of 100 x 120
FACING = {
    **{"nose": (50, 20), "left_eye": (53, 17), "right_eye": (47, 17)},
    **{"left_ear": (57, 19), "right_ear": (43, 19)},
    **{"left_shoulder": (64, 35), "right_shoulder": (36, 35)},
    **{"left_elbow": (68, 50), "right_elbow": (32, 50)},
    **{"left_wrist": (70, 63), "right_wrist": (30, 63)},
    **{"left_hip": (60, 70), "right_hip": (40, 70)},
    **{"left_knee": (59, 90), "right_knee": (41, 90)},
    **{"left_ankle": (58, 110), "right_ankle": (42, 110)},
}
WIDTH, HEIGHT = 100, 120


def facing() -> np.ndarray:
    """`[17, 3]` of somebody who faces the camera, all visible."""
    return np.array([(*FACING[name], 2) for name in COCO.keypoints], float)


def turned() -> np.ndarray:
    """The same person from behind, whose eyes nobody sees."""
    points = facing()
    points[:, 0] = 100 - points[:, 0]
    points[:5] = 0
    return points


def annotation(number, image, points, **more):
    """One annotation of a person whose box is around the keypoints."""
    points = np.asarray(points, float)
    known = points[points[:, 2] > 0, :2] if len(points) else points
    low, high = (known.min(0), known.max(0)) if len(known) else ((5, 5), (25, 45))
    box = [*map(float, low), float(high[0] - low[0]), float(high[1] - low[1])]
    return {
        "id": number,
        "image_id": image,
        "category_id": 1,
        "keypoints": [float(v) for v in points.ravel()],
        "num_keypoints": int((points[:, 2] > 0).sum()),
        "bbox": box,
        "area": 0.5 * box[2] * box[3],
        "iscrowd": 0,
        "segmentation": [],
        **more,
    }


def write_images(folder: Path, count: int, seed: int = 0, ending: str = "jpg") -> list[dict]:
    """Write pictures `1.jpg`, `2.jpg`... of different noise, and return COCO's entries of them."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    entries = []
    for number in range(1, count + 1):
        picture = random.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
        cv2.imwrite(str(folder / f"{number}.{ending}"), picture)
        name = f"{number}.{ending}"
        entries.append({"id": number, "file_name": name, "width": WIDTH, "height": HEIGHT})
    return entries


def write_annotations(path: Path, images, annotations) -> Path:
    """Write a JSON file in COCO's form with COCO's keypoints."""
    category = {"id": 1, "name": "person", "keypoints": list(COCO.keypoints)}
    category["skeleton"] = [[a + 1, b + 1] for a, b in COCO.limbs]
    content = {"images": images, "annotations": annotations, "categories": [category]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def custom_config(folder: Path) -> Config:
    """The configuration of a dataset of one's own in a folder."""
    config = Config()
    config.data.type, config.data.path = "coco-custom", str(folder)
    return config
