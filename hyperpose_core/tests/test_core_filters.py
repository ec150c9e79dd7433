"""Filters: the user's own and the registered ones."""

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperpose_core.config import Config, DataConfig, from_dict, resolve_config, to_dict
from hyperpose_core.data import filters
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import ConfigError, UnknownComponentError
from hyperpose_core.plugins import PluginRecord
from hyperpose_core.registry import Registry
from hyperpose_core.specs import FilterSpec


class Named:
    """A registry with two filters."""

    def load(self, kind, name):
        assert kind == "filter"
        return {
            "even": lambda sample: sample.image_id % 2 == 0,
            "small": lambda s: s.image_id < 6,
        }[name]


def samples(count: int) -> list[Sample]:
    people = np.ones((1, 17, 3), np.float32)
    return [
        Sample(i, Path(f"{i}.jpg"), 8, 8, people.repeat(i, 0), np.zeros((i, 4)))
        for i in range(count)
    ]


def few_people(sample):
    return len(sample.joint_list) < 5


def test_without_filters_everything_is_kept():
    kept = filters.apply(samples(3), DataConfig(), Registry([]))
    assert [s.image_id for s in kept.samples] == [0, 1, 2]
    assert kept.dropped == {}


def test_all_filters_must_keep_and_the_first_that_refuses_counts():
    config = DataConfig(filters=["even", "small"], filter=few_people)
    kept = filters.apply(samples(10), config, Named())
    assert [s.image_id for s in kept.samples] == [0, 2, 4]
    assert kept.dropped == {"even": 5, "small": 2, "your filter few_people": 0}


def test_a_filter_that_fails_is_named_with_its_image():
    config = DataConfig(filter=lambda sample: sample.headbbx_list)
    with pytest.raises(ConfigError, match=r"image 0.*headbbx_list"):
        filters.apply(samples(2), config, Registry([]))


def test_an_unknown_filter_is_an_error():
    with pytest.raises(UnknownComponentError, match="no_such"):
        filters.apply(samples(2), DataConfig(filters=["no_such"]), Registry([]))


@pytest.fixture(scope="module")
def registry():
    """A stranger's filters, of today and of before there were arguments."""
    specs = [
        FilterSpec(name=name, target=f"{__name__}:{name}")
        for name in ("few_people", "wider_than", "anything", "Closer", "picky")
    ]
    record = PluginRecord("theirs", "theirs", "1", "ok", specs=tuple(specs))
    return Registry([record])


def wider_than(sample, pixels: int, *, strictly: bool = True):
    return sample.width > pixels or (not strictly and sample.width == pixels)


def anything(sample, **options):
    return options == {"a": 1}


def picky(sample, n: int):
    if n < 1:
        raise ConfigError("n must be 1 or more")
    return True


class Closer:
    """A filter may be a class whose objects... are not needed: it is called with the sample."""

    def __init__(self, sample, than=1.0):
        self.kept = sample.boxes[:, 3].max(initial=0) > than

    def __bool__(self):
        return bool(self.kept)


def kept(registry, *texts, of=None):
    result = filters.apply(of or crowd_of_samples(), DataConfig(filters=list(texts)), registry)
    return [sample.image_id for sample in result.samples]


def crowd_of_samples():
    """Image i has i people, and is 10 i pixels wide."""
    made = samples(5)
    for i, sample in enumerate(made):
        sample.width, sample.boxes = 10 * i, np.tile(np.array([[0, 0, 30, 40]], np.float32), (i, 1))
    return made


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("wider_than(pixels=20)", [3, 4]),
        ("wider-than(pixels=20, strictly=false)", [2, 3, 4]),
        ("few_people", [0, 1, 2, 3, 4]),
        ("anything(a=1)", [0, 1, 2, 3, 4]),
        ("Closer(than=41)", []),
        ("Closer", [1, 2, 3, 4]),
    ],
)
def test_named_filters_keep_what_they_say(registry, text, ids):
    assert kept(registry, text) == ids


def test_filters_with_arguments_combine_and_count_by_their_texts(registry):
    calls = ["Closer", {"name": "wider_than", "pixels": 20}, "few_people"]
    result = filters.apply(crowd_of_samples(), DataConfig(filters=calls), registry)
    assert [sample.image_id for sample in result.samples] == [3, 4]
    assert result.dropped == {"Closer": 1, "wider_than(pixels=20)": 2, "few_people": 0}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("wider_than(pixles=3)", ("'pixles'", "did you mean 'pixels'", "pixels, strictly=True")),
        ("wider_than(pixels='many')", ("pixels must be an integer", "'many'")),
        ("wider_than(pixels=true)", ("pixels must be an integer",)),
        ("wider_than", ("needs pixels", "its arguments are pixels")),
        ("few_people(count=1)", ("takes no 'count'", "takes no arguments")),
        ("picky(n=0)", ("'picky(n=0)', image 0", "n must be 1 or more")),
    ],
)
def test_wrong_arguments_are_named_with_those_that_are_allowed(registry, text, parts):
    with pytest.raises(ConfigError) as caught:
        kept(registry, text)
    assert all(part in str(caught.value) for part in parts), caught.value


plain_values = st.recursive(
    st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab \"'", max_size=3), inner)
    ),
    max_leaves=6,
)
names = st.from_regex(r"[a-z][a-z0-9_.-]{0,8}", fullmatch=True)


@given(names, st.dictionaries(st.from_regex(r"[a-z][a-z_]{0,5}", fullmatch=True), plain_values))
def test_a_filter_and_its_arguments_survive_their_text(name, arguments):
    config = Config()
    config.data.filters = [{"name": name, **arguments}] if "name" not in arguments else [name]
    call = config.data.filters[0]
    text = json.dumps(to_dict(config))
    again = from_dict(json.loads(text)).data.filters[0]
    assert again == call
    assert (again.name, again.arguments) == (call.name, call.arguments)
    assert call.arguments == ({} if "name" in arguments else arguments)


def test_filters_come_from_toml_and_from_the_command_line(tmp_path):
    file = tmp_path / "c.toml"
    file.write_text('[data]\nfilters = ["no-crowd", {name = "min-keypoints", count = 5}]\n')
    wanted = ["no-crowd", "min-keypoints(count=5)"]
    assert resolve_config(file=file).data.filters == wanted
    for text in ('["no-crowd", "min-keypoints(count=5)"]', "no-crowd, min-keypoints(count=5)"):
        config = resolve_config(sets=[f"data.filters={text}"])
        assert config.data.filters == wanted
        assert config.data.filters[1].arguments == {"count": 5}


def test_a_filter_with_arguments_can_be_pickled_and_copied():
    config = DataConfig(filters=["min-keypoints(count=5)"])
    unpickled = pickle.loads(pickle.dumps(config))  # noqa: S301
    for again in (unpickled, copy.deepcopy(config)):
        assert again.filters == config.filters
        assert again.filters[0].arguments == {"count": 5}
