"""YOLO's text: a data.yaml; after lines of `---` the labels of its image, and a list of images."""

from __future__ import annotations

import io

from fuzzing import folder, written

from hyperpose_datatools.yolo.reader import read_yolo

YAML = b"""path: .
train: images/train
val: images/train
kpt_shape: [3, 3]
flip_idx: [0, 2, 1]
names:
  0: person
kpt_names:
  0: [nose, left_ear, right_ear]
"""
LABELS = b"0 0.5 0.5 0.2 0.2 0.1 0.1 2 0.2 0.2 1 0 0 0\n"
ALIASES = b"a: &a [1]\nb: &b [*a, *a]\nc: &c [*b, *b]\nkpt_shape: *c\n"


def seeds() -> list[bytes]:
    listed = YAML.replace(b"images/train", b"list.txt")
    parts = [(YAML, LABELS), (listed, LABELS, b"images/train/a.png\n"), (ALIASES,)]
    return [b"---\n".join(part) for part in parts]


def target(data: bytes) -> None:
    text, labels, listed = [*data.split(b"---\n", 2), b"", b""][:3]
    if not (folder() / "yolo/images/train/a.png").exists():
        written("yolo/images/train/a.png", _picture())
    written("yolo/data.yaml", text)
    written("yolo/list.txt", listed)
    written("yolo/labels/train/a.txt", labels)
    read_yolo(folder() / "yolo", "train")


def _picture() -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (40, 30)).save(file, "PNG")
    return file.getvalue()
