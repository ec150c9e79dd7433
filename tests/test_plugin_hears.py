"""A stranger's plugin hears of evaluation and inference, and spoils neither."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from frail_plugin import PLUGIN, TARGETS
from test_plugin_broken import SETTINGS, TRAIN
from test_plugin_broken import run as run
from tiny_runs import sets

PAGE = Path(__file__).resolve().parent.parent / "docs" / "plugins.md"
[LISTENER] = [
    code
    for code in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    if "hyperpose_on_evaluation" in code
]
EVAL = ("eval", "--name", "run", "--save-dir", "runs", "--json")
INFER = ("infer", "1.png", "2.png", "--name", "run", "--save-dir", "runs", "--json")


@pytest.fixture
def trained(install_plugin, run):
    site = install_plugin("frail", PLUGIN)
    (site / "frail.py").write_text(TARGETS)
    run("train", *TRAIN, *sets(list(SETTINGS)))
    return run


def test_the_listener_of_the_guide_hears_of_both(install_plugin, trained, tmp_path):
    install_plugin("listener", LISTENER)
    assert json.loads(trained(*EVAL).out)["metrics"] == {"people": 2.0}
    found = json.loads(trained(*INFER).out)["images"]
    assert (tmp_path / "runs/run/scores.txt").read_text() == "{'people': 2.0} over 2 images\n"
    said = [Path(image["picture"]).with_suffix(".txt").read_text() for image in found]
    assert said == ["1.png: 1 people\n", "2.png: 1 people\n"]
    rows = json.loads(trained("list-plugins", "--json").out)["plugins"]
    [row] = [row for row in rows if row["name"] == "listener"]
    assert row["life_cycle"] == ["hyperpose_on_evaluation", "hyperpose_on_inference"]


def test_one_that_fails_and_prints_costs_itself_only(install_plugin, trained):
    code = LISTENER.replace("    with ", "    print('hello')\n    1 / 0\n    with ")
    install_plugin("listener", code)
    for words, hook in ((EVAL, "hyperpose_on_evaluation"), (INFER, "hyperpose_on_inference")):
        printed = trained(*words)
        assert json.loads(printed.out)
        assert printed.err.count("hello") == 1
        said = f"Warning: the plugin 'listener' (hyperpose-listener 1.0) failed in {hook} and is "
        assert f"{said}switched off for the rest of this command: ZeroDivisionError" in printed.err


def test_a_training_is_no_evaluation(install_plugin, trained, tmp_path):
    install_plugin("listener", LISTENER)
    more = ("train", *TRAIN, *sets(list(SETTINGS)), "--resume", "--steps", "3")
    trained(*more)
    assert not (tmp_path / "runs/run/scores.txt").exists()


def test_a_misspelt_one_is_named(install_plugin, run):
    install_plugin("listener", LISTENER.replace("on_evaluation", "on_evaluaton"))
    rows = json.loads(run("list-plugins", "--json").out)["plugins"]
    [row] = [row for row in rows if row["name"] == "listener"]
    assert "unknown hook 'hyperpose_on_evaluaton'; did you mean" in row["error"]
