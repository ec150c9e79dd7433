"""Two trainings of one run at once: the second is told of the first, which goes on; eval may."""

from __future__ import annotations

import os
import re

import pytest
from tiny_training import config_of, train

from hyperpose_core import get_dataset, get_eval, get_model
from hyperpose_core.build.strategy import SingleTrain
from hyperpose_core.errors import InputError
from hyperpose_training.start.beginning import alone
from hyperpose_training.start.lock import held


def files(folder) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_second_is_refused_and_changes_nothing(tmp_path):
    run = train(config_of(tmp_path, "train.steps=1")).run
    more = config_of(tmp_path, "train.steps=2")
    before = files(run.folder)
    with alone(run, SingleTrain(more.train), print):
        during = files(run.folder)
        with pytest.raises(InputError, match=rf"is being trained by process {os.getpid()} on"):
            train(more)
        assert files(run.folder) == during
        config = config_of(tmp_path)
        assert get_eval(config)(get_model(config), get_dataset(config)) is not None
    assert [name for name in during if name not in before] == [str(run.folder / ".training")]
    assert train(more).step == 2
    assert not (run.folder / ".training").exists()


def test_every_worker_says_who_has_the_run(tmp_path):
    """Those that do not write hear of it from worker 0, and wait for nobody."""

    class Second(SingleTrain):
        rank, size = 1, 2

        def gather(self, data: bytes) -> list[bytes]:
            return [sentence.encode(), data]

    run = train(config_of(tmp_path, "train.steps=1")).run
    with held(run.folder / ".training", "", print):
        with pytest.raises(InputError) as first, alone(run, SingleTrain(None), print):
            pass
        sentence = str(first.value)
        with pytest.raises(InputError, match=re.escape(sentence)), alone(run, Second(None), print):
            pass
