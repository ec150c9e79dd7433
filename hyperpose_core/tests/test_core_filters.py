"""Filters: the user's own and the registered ones."""

from pathlib import Path

import numpy as np
import pytest

from hyperpose_core import filters
from hyperpose_core.config import DataConfig
from hyperpose_core.errors import ConfigError, UnknownComponentError
from hyperpose_core.registry import Registry
from hyperpose_core.samples import Sample


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
