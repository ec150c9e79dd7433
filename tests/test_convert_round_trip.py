"""A round trip through every pair of formats keeps everything, or says what it lost."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hyperpose_coco.skeleton import COCO
from hyperpose_core.data.raw import RawSample, RawSplit
from hyperpose_core.registry import get_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_datatools.conversion import convert_annotations
from hyperpose_datatools.conversion.formats import read
from hyperpose_datatools.conversion.names import image_root, relative_names
from hyperpose_mpii.skeleton import MPII

FORMATS = get_registry().names("annotation_format")
MAT = "mpii_human_pose_v1_u12_1.mat"
WIDTH, HEIGHT = 90, 70
HORSE = Skeleton(
    "horse",
    ("nose", "near_hoof", "far_hoof", "l_ear", "r_ear"),
    limbs=((0, 1), (0, 2)),
    flip_pairs=(("near_hoof", "far_hoof"),),
)
SKELETONS = {"person": COCO, "gorilla": MPII, "horse": HORSE}
ENDINGS = ("jpg", "png", "bmp")

names = st.builds(
    lambda folder, stem, ending: f"{folder}{stem}.{ending}",
    st.sampled_from(["", "a/", "a/images/"]),
    st.sampled_from(["1", "2", "x y", "ü"]),
    st.sampled_from(ENDINGS),
)
points = st.tuples(st.integers(-3, WIDTH + 3), st.integers(0, HEIGHT), st.integers(0, 2))
persons = st.lists(points, min_size=17, max_size=17)
folders = st.dictionaries(names, st.lists(persons, max_size=2), min_size=1, max_size=4)


def split_of(folder: Path, drawn, category: str) -> RawSplit:
    """Write the pictures, and return everybody in them."""
    skeleton, samples = SKELETONS[category], []
    for number, (name, people) in enumerate(drawn.items(), start=1):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _, content = cv2.imencode(path.suffix, np.zeros((HEIGHT, WIDTH, 3), np.uint8))
        path.write_bytes(content.tobytes())
        keypoints = np.float32(people).reshape(-1, 17, 3)[:, : len(skeleton)]
        keypoints[keypoints[..., 2] == 0] = 0
        boxes = np.float32([[5, 6, 30, 40]] * len(people)).reshape(-1, 4)
        samples.append(RawSample(number, path, WIDTH, HEIGHT, keypoints, boxes))
    return RawSplit("train", skeleton, samples, category)


def place(name: str, folder: Path) -> Path:
    """Return where annotations of a format are written, with the pictures where it has them."""
    folder.mkdir()
    return {"coco": folder / "a.json", "mpii": folder / MAT}.get(name, folder / name)


def read_back(name: str, path: Path, photos: Path) -> RawSplit:
    """Read a format; MPII has its pictures in a folder, without folders in it."""
    images = photos if name == "coco" else None
    if name == "mpii":
        (path.parent / "split.json").write_text('{"valid": []}')
        (path.parent / "images").mkdir(exist_ok=True)
        for picture in photos.rglob("*.*"):
            target = path.parent / "images" / picture.name
            if not target.exists():
                target.symlink_to(picture.resolve())
    return read(path, name, "train", {"images": images}, get_registry())


def compare(before: RawSplit, after: RawSplit, lost: list[str]) -> None:
    """See that what differs is among the words of what is lost."""

    def said(*words: str) -> bool:
        return any(word in text for text in lost for word in words)

    def same(what: str, one: object, other: object, *words: str) -> None:
        assert one == other or said(*words), f"{what}: {one} became {other}; lost: {lost}"

    both = (before, after)
    same("category", before.category, after.category, "the category")
    same("images", len(before.samples), len(after.samples), "entries of an image")
    old, new = ([Path(n) for n in relative_names([s.path for s in x.samples])] for x in both)
    same("names", {p.name for p in old}, {p.name for p in new}, "names of images")
    same("folders", set(old), set(new), "folders of images", "names of images")
    dropped = set(before.skeleton.keypoints) - set(after.skeleton.keypoints)
    assert all(said(name) for name in dropped), (dropped, lost)
    kept = [name for name in before.skeleton.keypoints if name not in dropped]
    for name in kept:
        mirrors = [mirror_of(x.skeleton, name) for x in both]
        same("left and right", *mirrors, "mirrored", "flip_idx", *dropped)
    if not dropped:
        same("order", before.skeleton.keypoints, after.skeleton.keypoints)
        same("limbs", before.skeleton.limbs, after.skeleton.limbs, "limbs")
    same("people", *([*sorted(map(len_of, x.samples))] for x in both), "crowds")
    everybody = [[points_of(x, sample, kept) for sample in x.samples] for x in both]
    for one, other in zip(*map(sorted_people, everybody), strict=True):
        close = np.allclose(one, other, atol=1e-3)
        assert close or said("keypoints outside"), (one, other, lost)
        inside = ((one[..., 0] >= 0) & (one[..., 0] <= WIDTH))[..., None]
        assert np.allclose(one * inside, other * inside, atol=1e-3)


def mirror_of(skeleton: Skeleton, name: str) -> str:
    return skeleton.keypoints[skeleton.flip[skeleton.index(name)]]


def len_of(sample) -> int:
    return len(sample.keypoints)


def points_of(split: RawSplit, sample, kept: list[str]) -> tuple[str, np.ndarray]:
    columns = [split.skeleton.index(name) for name in kept]
    points = sample.keypoints[:, columns].astype(float)
    return (f"{sample.path.stem}{sample.path.suffix}", points)


def sorted_people(found: list[tuple[str, np.ndarray]]) -> list[np.ndarray]:
    """Return everybody by the name of the image; names that occur twice are not compared."""
    counts = [name for name, _ in found]
    return [points for name, points in sorted(found, key=lambda f: f[0]) if counts.count(name) == 1]


@pytest.mark.parametrize(("first", "second"), list(itertools.product(FORMATS, FORMATS)))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=folders, category=st.sampled_from(list(SKELETONS)))
def test_what_is_lost_on_the_way_is_said(first, second, drawn, category):
    if "mpii" in (first, second):  # it has names without folders: two of one name are an error
        drawn = {Path(name).name: people for name, people in drawn.items()}
    if first == "mpii":
        category = "gorilla"
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        start = split_of(root / "photos", drawn, category)
        registry = get_registry()
        source = place(first, root / "0")
        lost = list(registry.load_part("annotation_format", first, "writer")(start, source))
        photos = image_root([s.path for s in start.samples])
        before = read_back(first, source, photos)
        compare(start, before, [*lost, *before.lost])
        for number, (old, new) in enumerate([(first, second), (second, first)], start=1):
            target = place(new, root / str(number))
            if old == "mpii":
                read_back(old, source, photos)
            images = photos if old == "coco" else None
            done = convert_annotations(source, target, to=new, source_format=old, images=images)
            lost += done.lost
            photos = done.image_root
            source = target
        after = read_back(first, source, photos)
        compare(start, after, [*lost, *after.lost])


def test_every_format_takes_part():
    assert {"coco", "mpii", "yolo"} <= set(FORMATS)
