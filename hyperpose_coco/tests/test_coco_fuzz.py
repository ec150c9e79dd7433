"""Corrupt annotations in COCO's form: an error that names the entry, never a crash nor a hang."""

import contextlib
import copy
import json
import re
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from hyperpose_coco import masks
from hyperpose_coco.custom.dataset import open_dataset
from hyperpose_coco.form.annotations import read_annotations
from hyperpose_coco.form.samples import make_samples
from hyperpose_core.cli import main
from hyperpose_core.config import DataConfig
from hyperpose_core.data.masks import decode
from hyperpose_core.errors import DataError, HyperposeError, InputError
from hyperpose_scores.scoring import score_results

WIDTH, HEIGHT = 60, 50
METRICS = ("oks", "errors", "pck", "pckh", "epe", "auc")
RUNS = {"size": [HEIGHT, WIDTH], "counts": [2900, 100]}
PACKED = {"size": [HEIGHT, WIDTH], "counts": "dj2T3"}


def annotation(number, segmentation, **changes):
    entry = {
        "id": number,
        "image_id": 1,
        "category_id": 1,
        "iscrowd": 0,
        "num_keypoints": 3,
        "keypoints": [10, 20, 2, 20, 30, 1, 25, 40, 2],
        "bbox": [5.0, 5.0, 40.0, 40.0],
        "area": 1500.0,
        "segmentation": segmentation,
    }
    return {**entry, **changes}


NOBODY = {"num_keypoints": 0, "keypoints": [0] * 9}
CONTENT = {
    "images": [
        {"id": 1, "file_name": "a.jpg", "width": WIDTH, "height": HEIGHT},
        {"id": 2, "file_name": "b.jpg", "width": WIDTH, "height": HEIGHT},
    ],
    "annotations": [
        annotation(1, [[5, 5, 45, 5, 45, 45, 5, 45]]),
        annotation(2, RUNS, iscrowd=1, **NOBODY),
        annotation(3, PACKED, iscrowd=1, **NOBODY),
        annotation(4, [[0, 0, 9, 0, 9, 9]], image_id=2, **NOBODY),
    ],
    "categories": [{"id": 1, "name": "person", "keypoints": ["a", "b", "c"], "skeleton": [[1, 2]]}],
}
numbers = st.one_of(
    st.integers(-5, 5000),
    st.integers(),
    st.sampled_from([10**400, -(10**30), 2**31, 2**32, 2**63, 2**64]),
    st.floats(),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=6))


@dataclass(frozen=True)
class Deep:
    """Stands for a nested value: hypothesis itself cannot print deep ones."""

    depth: int
    lists: bool

    def value(self):
        value = 1
        for _ in range(self.depth):
            value = [value] if self.lists else {"size": value}
        return value


deep = st.builds(Deep, st.integers(1, 900), st.booleans())
values = st.one_of(
    scalars,
    st.lists(numbers, max_size=12),
    st.lists(st.lists(numbers, max_size=12), max_size=4),
    st.fixed_dictionaries(
        {},
        optional={
            "size": st.just([HEIGHT, WIDTH]) | st.lists(numbers, max_size=3),
            "counts": st.lists(numbers, max_size=6)
            | st.text(st.characters(min_codepoint=48, max_codepoint=111), max_size=12)
            | st.text(max_size=6),
        },
    ),
    st.recursive(scalars, lambda inner: st.lists(inner, max_size=3), max_leaves=8),
    deep,
)


def paths(value, path=()):
    """Yield the way to everything in a JSON document."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if isinstance(item, dict | list):
            yield from paths(item, (*path, key))
        else:
            yield (*path, key)


def changed(path, value, content=CONTENT):
    """Return the content with one thing replaced, or removed where the value is `...`."""
    content = copy.deepcopy(content)
    place = content
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value.value() if isinstance(value, Deep) else value
    return content


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    for name in ("annotations", "images/val"):
        (folder / name).mkdir(parents=True)
    for name in "ab":
        (folder / "images" / "val" / f"{name}.jpg").touch()
    return folder


def read(folder, content):
    """Read the content as a dataset does, and make every mask; return the people."""
    path = folder / "annotations" / "val.json"
    path.write_text(json.dumps(content))
    annotations = read_annotations(path, 3)
    samples = make_samples(annotations, folder / "images" / "val", least_area=1)
    for sample in samples:
        decode(sample.mask, sample.width, sample.height)
        assert sample.keypoints.shape[1:] == (3, 3)
        assert np.isfinite(sample.keypoints).all()
        assert np.isfinite(sample.boxes).all()
    return sum(len(sample.keypoints) for sample in samples)


def wrong(folder, content):
    """Return the text of the DataError with which reading ends, None where it does not."""
    try:
        read(folder, content)
    except DataError as error:
        return str(error)
    return None


def test_the_content_is_read(folder):
    assert read(folder, CONTENT) == 1


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(list(paths(CONTENT))), st.just(...) | values)
@example(("annotations", 1, "segmentation"), Deep(900, True))
@example(("annotations", 1, "bbox"), [0, 0, -4, 5])
@example(("annotations", 1, "id"), 1)
@example(("images", 1, "id"), 1)
@example(("images", 0, "width"), 65535)
@example(("images", 0, "file_name"), "\ud800/\0.jpg")
def test_whatever_is_wrong_is_read_or_named(folder, path, value):
    error = wrong(folder, changed(path, value))
    if error is not None:
        words = r"not JSON|(image|annotation) \d|with id|'\w+' is|images that|image id|holds"
        assert "val.json" in error
        assert re.search(words, error), error
        assert len(error) < 1000


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(list(paths(CONTENT))), st.just(...) | values)
def test_the_dataset_and_the_command_line_say_it_too(folder, capsys_once, path, value):
    (folder / "annotations" / "val.json").write_text(json.dumps(changed(path, value)))
    config = DataConfig(path=str(folder), train_split="val")
    with contextlib.suppress(HyperposeError):
        open_dataset(config).eval_samples()
    (folder / "results.json").write_text("[]")
    words = ["score", str(folder / "results.json"), "--dataset", "coco-custom"]
    sigmas = ["--sigmas", "0.1,0.1,0.1"]
    assert main([*words, "--ground-truth", str(folder / "annotations/val.json"), *sigmas]) in (0, 2)


RESULTS = [
    {"image_id": 1, "category_id": 1, "keypoints": [10, 20, 1, 20, 30, 1, 25, 40, 1], "score": 0.5},
    {"image_id": 2, "category_id": 1, "keypoints": [1, 2, 1, 2, 3, 1, 2, 4, 1], "score": 0.9},
]


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from(list(paths(RESULTS))), st.just(...) | values, st.sampled_from([None, *METRICS])
)
def test_any_result_is_scored_or_named(folder, path, value, metric):
    (folder / "annotations" / "whole.json").write_text(json.dumps(CONTENT))
    (folder / "results.json").write_text(json.dumps(changed(path, value, RESULTS)))
    config = DataConfig(type="coco-custom", options={"sigmas": [0.1] * 3})
    truth = folder / "annotations" / "whole.json"
    try:
        score_results(folder / "results.json", config, ground_truth=truth, metric=metric)
    except InputError as error:
        words = str(error)
    else:
        words = "results.json: result 0"
    assert re.search(r"results\.json(: result \d| is not)|PCKh needs", words), words


@pytest.fixture(scope="module")
def capsys_once():
    """Drop what the command line prints."""
    with contextlib.redirect_stdout(None), contextlib.redirect_stderr(None):
        yield


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("images", 1, "file_name"), "\ud800.jpg", "image 1 .*'file_name' is"),
        (("images", 1, "file_name"), "a\0.jpg", "image 1 .*'file_name' is"),
        (("annotations", 1, "bbox"), [0, 0, -4, 5], r"annotation 1 \(id 2\): 'bbox' is"),
        (("annotations", 1, "area"), -1, r"annotation 1 \(id 2\): 'area' is -1"),
        (("annotations", 2, "id"), 1, "annotation 2 has the id 1 of an earlier one"),
        (("annotations", 2, "segmentation", "counts"), "dj2T", "id 3: .*damaged"),
        (("annotations", 2, "segmentation", "counts"), "~" * 9, "id 3: .*damaged"),
        (("annotations", 1, "segmentation", "counts"), [10**30], "id 2: the runs"),
        (("annotations", 1, "segmentation", "counts"), [-100, 3100], "id 2: the runs"),
        (("annotations", 3, "segmentation"), Deep(900, True), "id 4: a polygon is"),
        (("annotations", 3, "segmentation"), [[0, 0, 60, 50] * 90_000], "id 4: .*go around"),
        (("annotations", 3, "segmentation"), [[0, 0, 1, 1, 2, 2]] * 10_001, "10001 polygons"),
        (("images", 0), {**CONTENT["images"][0], "width": 60_000, "height": 60_000}, "image 0 .id"),
    ],
)
def test_these_are_named(folder, path, value, message):
    with pytest.raises(DataError, match=message):
        read(folder, changed(path, value))


regions = st.builds(
    lambda seed, w, h, part: np.random.default_rng(seed).random((h, w)) < part,
    st.integers(0, 2**32 - 1),
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from([0.0, 0.02, 0.5, 0.98, 1.0]),
)


@settings(deadline=None)
@given(regions)
def test_compressed_counts_of_any_region_are_read(region):
    height, width = region.shape
    packed = coco_mask.encode(np.asfortranarray(region.astype(np.uint8)))
    read = masks.region(
        {"size": [height, width], "counts": packed["counts"].decode()}, width, height
    )
    np.testing.assert_array_equal(coco_mask.decode(read), region)


@settings(deadline=None)
@given(regions, st.data())
def test_damaged_counts_are_refused_or_describe_a_region(region, data):
    height, width = region.shape
    good = coco_mask.encode(np.asfortranarray(region.astype(np.uint8)))["counts"]
    place = data.draw(st.integers(0, len(good)))
    added = data.draw(st.binary(max_size=4))
    bad = good[:place] + added + good[place + data.draw(st.integers(0, 3)) :]
    with contextlib.suppress(DataError):
        read = masks.region({"size": [height, width], "counts": bad}, width, height)
        assert coco_mask.decode(read).shape == (height, width)
        assert masks.from_regions([read]) is None or masks.from_regions([read])


LARGE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30))
import numpy as np
from hyperpose_coco import masks
from hyperpose_core.errors import DataError
side = 8_000
zigzag = [[0, 0, side, side] * 50_000]
runs = {"size": [side, side], "counts": [1] * 10**6}
packed = {"size": [side, side], "counts": "o" * 10**6}
for bad in (zigzag, runs, [[0, 0, side, 1, 0, 2]] * 9_999, packed):
    try:
        masks.region(bad, side, side)
        sys.exit("was read")
    except DataError:
        pass
many = [masks.region([[i, 0, i + 2, 0, i + 2, side, i, side]], side, side) for i in range(1000)]
assert masks.from_regions(many)
"""


def test_large_damage_takes_neither_memory_nor_time():
    done = subprocess.run(
        [sys.executable, "-c", LARGE], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
