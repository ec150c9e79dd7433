"""The run's log: whole lines only, whatever a full disk or a machine that died left of them."""

from __future__ import annotations

import json
import resource

import pytest

from hyperpose_core.errors import DiskFullError
from hyperpose_core.runs import Run
from hyperpose_training.watching.log import RunLog


def test_a_full_disk_leaves_no_part_of_a_line(tmp_path):
    run = Run(tmp_path / "run")
    log = RunLog(run)
    log.metrics(1, {"loss": 2.5})
    before = run.metrics.read_text()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, limits[1]))
    try:
        with pytest.raises(DiskFullError, match=r"cannot write .*metrics\.jsonl"):
            log.metrics(2, {"loss": 2.5})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert run.metrics.read_text() == before


def test_a_resumed_log_begins_with_whole_lines(tmp_path):
    run = Run(tmp_path / "run")
    RunLog(run).metrics(1, {"loss": 2.5})
    text = run.log.read_text()
    for path in (run.log, run.metrics):
        with path.open("ab") as file:
            file.write(b'{"kind": "train", "step": 1, "time\xff')
    log = RunLog(run, step=1)
    log.metrics(2, {"loss": 2.25})
    lines = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2]
    assert run.log.read_text().startswith(text)
    assert run.log.read_text().endswith("step 2 loss=2.25\n")
    assert run.log.read_text().count("\n") == 2


def test_a_name_does_not_break_a_line(tmp_path):
    run = Run(tmp_path / "run")
    RunLog(run).text("skipped a\nb.jpg")
    assert run.log.read_text().endswith("skipped a\\nb.jpg\n")
