"""A whole small run: the command line trains, evaluates mirrored at two scales, and draws."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_runs import printed

from hyperpose_pifpaf.fields import LOSSES

PICTURES = "{train_images = 4, val_images = 2, width = 128, height = 128, max_people = 2}"


def test_it_trains_evaluates_and_infers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    pictures = ("--set", f"data.path={tmp_path / 'pictures'}", "--set", f"data.options={PICTURES}")
    small = ("--input-size", "128x128", "--batch-size", "2", "--set", "model.width=0.125")
    which = ("--model", "Pifpaf", "--dataset", "Synthetic", "--name", "tiny")
    log = ("--set", "log.interval=1", "--json", "--quiet")
    train = printed(capsys, "train", *which, *small, *pictures, *log, "--steps", "3")
    report = json.loads(train)
    assert report["step"] == 3
    assert set(LOSSES) <= set(report["losses"])
    run = tmp_path / "save_dir" / "tiny"
    assert (run / "model_dir" / "newest_model.npz").is_file()
    assert len(list((run / "train_vis_dir").glob("*.png"))) == 1
    views = ("--set", "eval.flip=true", "--set", "eval.scales=1,1.5")
    result = json.loads(printed(capsys, "eval", "--name", "tiny", *log[2:], *views))
    assert result["images"] == 2
    assert 0 <= result["metrics"]["AP"] <= 1
    assert len(list((run / "eval_vis_dir").glob("*_maps.png"))) == 2
    image = next((tmp_path / "pictures").rglob("*.[jp][pn]g"))
    printed(capsys, "infer", image, "--name", "tiny", "--quiet")
    assert list((run / "test_vis_dir").glob("*"))
