"""The filters that work on any dataset: what they keep, and what they refuse to be asked."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperpose import Config as FacadeConfig
from hyperpose_core.config import DataConfig
from hyperpose_core.data import filters
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError, UnknownComponentError
from hyperpose_core.registry import Registry, get_registry
from hyperpose_datatools.filters import every_nth


def kept(*texts, of=None):
    config = DataConfig(filters=list(texts))
    result = filters.apply(of or crowd_of_samples(), config, get_registry())
    return [sample.image_id for sample in result.samples]


@dataclass
class WithCrowd(Sample):
    is_crowd: bool = False
    areas: np.ndarray = field(default_factory=lambda: np.zeros(0))


def crowd_of_samples():
    """Image i has i people; person j has j + 1 keypoints and covers 100 (j + 1) pixels."""
    made = []
    for i in range(5):
        people = np.zeros((i, 17, 3), np.float32)
        for j in range(i):
            people[j, : j + 1] = 5, 5, 2 - j % 2
        boxes = np.tile(np.array([[0, 0, 30, 40]], np.float32), (i, 1))
        areas = 100.0 * np.arange(1, i + 1)
        made.append(
            WithCrowd(
                *(i, Path(f"{i}.jpg"), 10 * i, 64, people, boxes), is_crowd=i == 2, areas=areas
            )
        )
    return made


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("min-keypoints", [1, 2, 3, 4]),
        ("min-keypoints(count=3)", [3, 4]),
        ("min_keypoints(count=2, everybody=true)", []),
        ("min-keypoints(count=1, everybody=true)", [1, 2, 3, 4]),
        ("min-area(area=250)", [3, 4]),
        ("min-area(area=150, everybody=true)", []),
        ("no-crowd", [0, 1, 3, 4]),
        ("min-people(count=2)", [2, 3, 4]),
        ("max-people(count=2)", [0, 1, 2]),
        ("min-image-size(width=30)", [3, 4]),
        ("without-images(ids=[0, '4'])", [1, 2, 3]),
    ],
)
def test_filters_keep_what_they_say(text, ids):
    assert kept(text) == ids


def test_areas_are_the_boxes_where_a_dataset_knows_no_silhouettes():
    people = [plain(0, 1), plain(1, 1)]
    assert kept("min-area(area=1200)", of=people) == []
    people[1].boxes = np.array([[0, 0, 30, 40]], np.float32)
    assert kept("min-area(area=1200)", of=people) == [1]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("min-keypoints(cuont=3)", ("'cuont'", "did you mean 'count'", "count=1, everybody=False")),
        ("max-people", ("needs count", "its arguments are count")),
        ("no-crowd(count=1)", ("takes no 'count'", "takes no arguments")),
        ("every-nth(n=0)", ("'every-nth(n=0)', image 0", "n must be 1 or more")),
        ("every-nth(n=3, offset=3)", ("from 0 to n - 1",)),
    ],
)
def test_wrong_arguments_are_named_with_those_that_are_allowed(text, parts):
    with pytest.raises(ConfigError) as caught:
        kept(text)
    assert all(part in str(caught.value) for part in parts), caught.value


def test_a_field_that_a_dataset_lacks_is_an_error_that_says_so():
    with pytest.raises(ConfigError, match=r"'no-crowd', image 0: it needs samples.*is_crowd"):
        kept("no-crowd", of=[plain(0), plain(1)])


def test_without_the_plugin_a_filter_says_what_brings_it():
    with pytest.raises(UnknownComponentError, match="pip install hyperpose-datatools"):
        filters.apply([plain(0)], DataConfig(filters=["no-crowd"]), Registry([]))


def plain(image_id, people=0):
    """A sample that says nothing but what every dataset says."""
    points = np.ones((people, 17, 3), np.float32)
    return Sample(image_id, Path("x"), 1, 1, points, np.zeros((people, 4)))


@given(
    n=st.integers(1, 6),
    ids=st.lists(st.integers(0, 10**6) | st.text(max_size=8), unique_by=str, max_size=40),
    order=st.randoms(use_true_random=False),
)
def test_every_nth_divides_a_dataset_whatever_the_order(n, ids, order):
    made = [plain(i) for i in ids]
    parts = [{s.image_id for s in made if every_nth(s, n, offset)} for offset in range(n)]
    assert sum(map(len, parts)) == len(ids)
    assert set().union(*parts) == set(ids)
    order.shuffle(made)
    assert {s.image_id for s in made if every_nth(s, n)} == parts[0]


def test_every_nth_keeps_the_same_images_on_every_machine():
    made = [plain(i) for i in range(40)]
    kept = [sample.image_id for sample in made if every_nth(sample, 5)]
    assert kept == [0, 7, 8, 9, 10, 19, 22, 29, 33, 36]


def test_every_nth_keeps_about_one_in_n():
    made = [plain(i) for i in range(5000)]
    assert 400 < sum(every_nth(sample, 10) for sample in made) < 600


def test_the_facade_sets_named_filters_and_knows_their_names():
    try:
        FacadeConfig.set_dataset_filters(["no-crowd", {"name": "max-people", "count": 3}])
        assert FacadeConfig.get_config().data.filters == ["no-crowd", "max-people(count=3)"]
        FacadeConfig.set_dataset_filters("no-crowd")
        assert FacadeConfig.get_config().data.filters == ["no-crowd"]
        with pytest.raises(UnknownComponentError, match="no-crowd"):
            FacadeConfig.set_dataset_filters(["no-crowds"])
        with pytest.raises(ConfigError, match="list of filters"):
            FacadeConfig.set_dataset_filters([3])
    finally:
        FacadeConfig.reset()
