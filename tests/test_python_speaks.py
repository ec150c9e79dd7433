"""One training and one evaluation, from Python and from the command line: the same is said."""

from __future__ import annotations

import re
from subprocess import CompletedProcess

import pytest
from tiny_runs import hyperpose, python, sets, settings

SCRIPT = """
import sys
from hyperpose import Config, Dataset, Model
from hyperpose_core.config import parse_option
for text in sys.argv[1:]:
    Config.set_option(*parse_option(text))
config = Config.get_config()
model, dataset = Model.get_model(config), Dataset.get_dataset(config)
Model.get_train(config)(model, dataset)
Model.get_eval(config)(model, dataset)
config.log.quiet = True
Model.get_eval(config)(model, dataset)
"""
pytestmark = pytest.mark.slow
NOT_OURS = re.compile(
    r".*\|.*\|.*\d\d:\d\d<|[IWE]\d{4} |.*cpu_feature_guard|To enable|WARNING: All log"
)
"""States of a progress bar, and what TensorFlow says of itself when a script imports it."""


def said(text: str) -> list[str]:
    """Return what we said on standard error; which part bounds the speed is the machine's."""
    lines = (line.rpartition("\r")[2].strip() for line in text.splitlines())
    ours = (line for line in lines if line and not NOT_OURS.match(line))
    return [re.sub(r".*bounds the speed.*", "a verdict", line) for line in ours]


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[CompletedProcess[str]]]:
    """Return the finished processes of the same training and evaluation, by who asked."""
    folder = tmp_path_factory.mktemp("speaking")
    (folder / "script.py").write_text(SCRIPT)
    model = ("model.type=LightweightOpenpose", "model.backbone=Vggtiny", "train.steps=2")
    texts = settings(folder / "pictures", *model, "log.save_dir=save_dir", "model.name=tiny")
    for who in ("python", "shell"):
        (folder / who).mkdir()
    done = {
        "python": [python(folder / "script.py", *texts, cwd=folder / "python")],
        "shell": [
            hyperpose(what, *sets(texts), cwd=folder / "shell") for what in ("train", "eval")
        ],
    }
    for process in (*done["python"], *done["shell"]):
        assert process.returncode == 0, process.stderr
    return done


def test_python_says_what_the_command_line_says_and_nothing_when_quiet(spoken):
    out = {who: "".join(process.stdout for process in done) for who, done in spoken.items()}
    err = {who: said("".join(p.stderr for p in done)) for who, done in spoken.items()}
    assert out["python"] == out["shell"]
    assert err["python"] == err["shell"] == ["a verdict"]


def test_the_score_the_pictures_and_the_next_command_are_said(spoken):
    [process] = spoken["python"]
    assert process.stdout.splitlines()[:2] == [
        "trained tiny to step 2: save_dir/tiny/model_dir/newest_model.npz",
        "score it with: hyperpose eval --name tiny",
    ]
    assert re.search(r"^AP +\d\.\d{3}$", process.stdout, re.MULTILINE)
    assert "over 2 images of Synthetic val" in process.stdout
    assert "pictures: save_dir/tiny/eval_vis_dir" in process.stdout
