"""The train strategy: several workers that would each train alone are told what joins them."""

from __future__ import annotations

import json

import pytest

from hyperpose_core.build.strategy import SingleTrain
from hyperpose_core.config import Config
from hyperpose_core.errors import InputError
from hyperpose_core.plugins import PluginRecord, Switches
from hyperpose_core.registry import Registry, make_registry
from hyperpose_core.specs import StrategySpec
from hyperpose_training.start.workers import check_alone, started_workers

TWO = json.dumps({"cluster": {"chief": ["a:1"], "worker": ["b:1"]}})


@pytest.mark.parametrize(
    ("environment", "count"),
    [
        ({}, 1),
        ({"TF_CONFIG": TWO}, 2),
        ({"TF_CONFIG": "of another program"}, 1),
        ({"TF_CONFIG": '["of another program"]'}, 1),
        ({"KUNGFU_INIT_PEERS": "a:1,b:1,c:1"}, 3),
    ],
)
def test_the_environment_says_how_many_workers_there_are(environment, count):
    assert started_workers(environment) == count


def test_workers_that_would_train_alone_are_told_what_joins_them(monkeypatch):
    config = Config()
    alone = make_registry(Switches(only=frozenset({"core"})))
    spec = StrategySpec(name="Together", target="theirs:Together")
    joined = Registry([*alone.records, PluginRecord("theirs", "their-dist", "1", specs=(spec,))])
    check_alone(SingleTrain(config.train), config, alone)
    monkeypatch.setenv("TF_CONFIG", TWO)
    for registry, advice in (
        (joined, r"one of 2 workers, .* Single_train, .* choose Together$"),
        (alone, r"choose \w+ \(`pip install hyperpose-\w+`\)$"),
    ):
        with pytest.raises(InputError, match=advice):
            check_alone(SingleTrain(config.train), config, registry)
