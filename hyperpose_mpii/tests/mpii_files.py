"""Files in the structure of MPII's official one, small, with whatever a test wants in them."""

from pathlib import Path

import cv2
import numpy as np
from scipy.io import savemat

from hyperpose_mpii.annotations import FILE


def struct(*entries):
    """An array of Matlab structs, all with the fields of the first."""
    array = np.empty((1, len(entries)), dtype=[(name, object) for name in entries[0]])
    for i, entry in enumerate(entries):
        for name, value in entry.items():
            array[0, i][name] = value
    return array


def cell(*values):
    array = np.empty((len(values), 1), dtype=object)
    for i, value in enumerate(values):
        array[i, 0] = value
    return array


EMPTY = np.zeros((0, 0))


def point(i, x, y, visible=1):
    return {"x": float(x), "y": float(y), "id": i, "is_visible": visible}


def points(*entries):
    return struct({"point": struct(*entries)})


def person(annopoints, head=(100, 50, 130, 90), scale=1.5, objpos=(120.0, 150.0)):
    x1, y1, x2, y2 = (EMPTY,) * 4 if head is None else map(float, head)
    place = EMPTY if objpos is None else struct({"x": objpos[0], "y": objpos[1]})
    rect = {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "annopoints": annopoints}
    return {**rect, "scale": EMPTY if scale is None else scale, "objpos": place}


def whole(dx=0.0, dy=0.0):
    """A person with all 16 joints."""
    return points(*(point(i, 100 + 7 * i + dx, 60 + 11 * i + dy, i % 2) for i in range(16)))


def write_mat(path, images, img_train=None, single=None, **fields):
    """Write images, each a name and an array of `person`s or nothing."""
    rects = [EMPTY if people is None else people for _, people in images]
    annolist = struct(
        *(
            {"image": struct({"name": name}), "annorect": rect, "vididx": EMPTY}
            for (name, _), rect in zip(images, rects, strict=True)
        )
    )
    release = {
        "annolist": annolist,
        "img_train": np.array([[1] * len(images)] if img_train is None else [img_train]),
        "single_person": cell(*(single or [EMPTY] * len(images))),
        "act": struct(*({"act_name": "golf", "cat_name": EMPTY, "act_id": 3} for _ in images)),
        **fields,
    }
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"RELEASE": struct(release)})
    return Path(path)


def write_dataset(root, images, **more):
    """Write a folder with the file and an empty picture, 320 x 240, for each image."""
    (root / "images").mkdir(parents=True, exist_ok=True)
    for name, _ in images:
        cv2.imwrite(str(root / "images" / name), np.full((240, 320, 3), 90, np.uint8))
    write_mat(root / FILE, images, **more)
    return root
