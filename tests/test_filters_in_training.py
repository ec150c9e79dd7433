"""Named filters in a training: its log says how many samples each of them dropped."""

from __future__ import annotations

import json

from tiny_runs import sets, settings

from hyperpose_core.cli import main


def test_the_log_says_how_many_samples_each_filter_dropped(tmp_path, capfd):
    filters = [
        "without-images(ids=[2, 3])",
        "min-people(count=1)",
        "no-crowd",
    ]
    shown = '["without-images(ids=[2, 3])", {name = "min-people", count = 1}, "no-crowd"]'
    words = sets([*settings(tmp_path / "pictures"), f"data.filters={shown}"])
    run = tmp_path / "runs" / "filtered"
    command = ["train", "--name", run.name, "--save-dir", str(run.parent), "--steps", "1"]
    assert main([*command, *words, "--quiet"]) == 0
    log = (run / "log.txt").read_text()
    for text, count in zip(filters, (2, 0, 0), strict=True):
        assert f"filter {text} dropped {count} samples" in log
    assert "training Openpose on 4 images of Synthetic" in log
    assert json.loads((run / "config.json").read_text())["config"]["data"]["filters"] == filters
    # a wrong argument is wrong input, before anything is trained
    words = sets([*settings(tmp_path / "pictures"), "data.filters=max-people(cuont=1)"])
    assert main(["train", "--name", "no", "--save-dir", str(run.parent), *words]) == 2
    assert "takes no 'cuont'; did you mean 'count'" in capfd.readouterr().err
