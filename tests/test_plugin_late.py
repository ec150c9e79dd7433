"""What a stranger's plugin breaks after the first step, or where it is asked for by name."""

from __future__ import annotations

import json

import pytest
from frail_plugin import PLUGIN, TARGETS
from test_plugin_broken import DATASET, DECODER, SETTINGS, TRAIN
from test_plugin_broken import run as run
from tiny_runs import sets

CALM = "the train_objective 'calm' of plugin 'frail' (hyperpose-frail 1.0) failed"
PICTURE = "the visualizer 'frail' of plugin 'frail' (hyperpose-frail 1.0) failed in its call"


@pytest.fixture
def frail(install_plugin, run):
    """Install the plugin with something of it replaced, and train with it."""

    def frail(old, new, *texts, plugin=("", ""), code=0, before="train"):
        assert old in TARGETS
        site = install_plugin("frail", PLUGIN.replace(*plugin))
        (site / "frail.py").write_text(TARGETS.replace(old, new, 1))
        return run(before, *TRAIN, *sets([*SETTINGS, *texts]), code=code)

    return frail


def errors_of(printed):
    return [line for line in printed.err.splitlines() if line.startswith("Error: ")]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('{"people": float', '{"people": "many" or float', DATASET + " in evaluate: "),
        (
            'return {"people"',
            'raise OSError("no disk") or {"people"',
            DATASET + " in evaluate: OSE",
        ),
        ("[Human(", "1 / 0 if maps[0].std() > 1e-4 else [Human(", DECODER),
    ],
)
def test_what_fails_in_an_evaluation_costs_no_step(frail, tmp_path, old, new, said):
    printed = frail(old, new, code=2)
    [error] = errors_of(printed)
    assert said in error
    assert list((tmp_path / "runs/run").rglob("checkpoint*")), error


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (
            "return image.astype(np.float32)",
            "it promises a picture uint8 [h, w, 3], and gave float",
        ),
        ("return image[..., 0]", "and gave uint8 [64, 64]"),
        ("return None", "and gave NoneType []"),
        ("return 1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_failing_picture_costs_the_picture_only(frail, run, tmp_path, new, said):
    printed = frail("return image\n", f"{new}\n", "train.vis_interval=1")
    warned = [line for line in printed.err.splitlines() if line.startswith("Warning: no picture")]
    assert len(warned) == 1
    assert PICTURE in warned[0]
    assert said in warned[0]
    assert "is switched off" not in printed.err
    assert (tmp_path / "runs/run/model_dir/newest_model.npz").is_file()
    evaluated = run("eval", "--name", "run", "--save-dir", "runs", "--json")
    assert json.loads(evaluated.out)["metrics"]["people"] == 2
    assert sum(PICTURE in line for line in evaluated.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "def __init__(self, model, config):\n        ...",
            "pass\n    def x(self):\n        ...",
            CALM,
        ),
        (
            "class Calm:",
            "def Calm(model, config):\n    return None\nclass Other:",
            CALM + " in its",
        ),
        (
            "return []\n    def losses",
            "return [][1]\n    def losses",
            CALM + " in samples: IndexErr",
        ),
        (
            'return {"loss": 0.0',
            'return {"los": 0.0',
            CALM + " in losses: it promises scalars by na",
        ),
    ],
)
def test_a_broken_objective_is_named(frail, old, new, said):
    [error] = errors_of(frail(old, new, "train.objectives=calm", code=2))
    assert said in error


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("return 1 / 0", "failed in read: ZeroDivisionError"),
        ("return {}", "failed in read: it promises ReadWeights, and gave dict"),
    ],
)
def test_a_broken_importer_is_named(install_plugin, run, tmp_path, new, said):
    site = install_plugin("frail", PLUGIN)
    code = TARGETS.replace(
        "def read(self, path, model):\n        return {}", "def read(self, *_):\n        " + new
    )
    (site / "frail.py").write_text(code)
    (tmp_path / "weights.bin").write_bytes(b"0")
    words = ("--format", "frails", "--model", "Frail", "--dataset", "Frails", "--name", "new")
    printed = run("import-weights", "weights.bin", *words, *sets(["data.path=."]), code=2)
    [error] = errors_of(printed)
    assert "the weight_importer 'frails' of plugin 'frail' (hyperpose-frail 1.0) " + said in error


def test_an_empty_dataset_is_said_before_anything_else(frail):
    printed = frail("return self.samples(4)", "return []", code=2)
    assert printed.err.splitlines() == [
        "Error: no training image is left of Frails; check the dataset's folder and its filters"
    ]


SECOND = """

@hookimpl
def hyperpose_register_postprocessors():
    yield specs.PostprocessorSpec(name="frail", target="frail:Decoder", family="frail")
    yield specs.PostprocessorSpec(name="frail-two", target="frail:Two", family="frail")
    yield specs.PostprocessorSpec(name="other", target="frail:Two", family="openpose")
"""
TWO = """
class Two(Decoder):
    def __call__(self, maps):
        return 2 * super().__call__(maps)
"""


def test_a_second_postprocessor_can_be_chosen(frail, run):
    first = "@hookimpl\ndef hyperpose_register_postprocessors():"
    plugin = (f"{first}\n    yield specs.PostprocessorSpec(", f"{SECOND}\n\nPARTS = dict(")
    frail("class Dots:", f"{TWO}\nclass Dots:", "model.postprocessor=frail-two", plugin=plugin)
    report = json.loads(run("eval", "--name", "run", "--save-dir", "runs", "--json").out)
    assert report["metrics"]["people"] == 4
    words = ("--name", "run", "--save-dir", "runs", "--json", *sets(["model.postprocessor=frail"]))
    assert json.loads(run("eval", *words).out)["metrics"]["people"] == 2
    wrong = run("eval", *words[:5], *sets(["model.postprocessor=other"]), code=2)
    assert "'other' of plugin 'frail' (hyperpose-frail 1.0) serves another family" in wrong.err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'default_backbone="FrailBack"',
            'default_backbone="Elsewhere"',
            "unknown backbone 'Elsewhe",
        ),
        ('family="frail", default', 'family="nowhere", default', "unknown preprocessor 'nowhere'"),
    ],
)
def test_a_missing_component_names_the_model_that_needs_it(frail, old, new, said):
    [error] = errors_of(frail("", "", plugin=(old, new), code=2))
    assert f"the model 'Frail' of plugin 'frail' (hyperpose-frail 1.0) needs it: {said}" in error


def test_a_backbone_that_the_user_names_is_not_the_models_need(frail):
    [error] = errors_of(frail("", "", "model.backbone=Elsewhere", code=2))
    assert error.startswith("Error: unknown backbone 'Elsewhere'")


def test_the_stride_may_depend_on_options(frail, run):
    plugin = ("stride=8\n", 'stride="frail:stride_of"\n')
    stride = "def stride_of(config):\n    return config.options.get('cell', 8)\n"
    printed = frail("class Dots:", f"{stride}\nclass Dots:", plugin=plugin)
    assert not errors_of(printed)
    words = (*TRAIN[:-1], *sets([*SETTINGS, "model.options={cell = 48}"]))
    wrong = run("train", *words, "--name", "other", code=2)
    assert "width and height must be multiples of 48" in wrong.err
    for value, said in (
        ("'8'", "it promises a whole number from 1 on, and gave '8'"),
        ("0", "e 0"),
    ):
        options = f"model.options={{cell = {value}}}"
        wrong = run("train", *words[:-1], options, "--name", "third", code=2)
        assert "(hyperpose-frail 1.0) failed in stride: it promises" in wrong.err
        assert said in wrong.err


def test_what_a_life_cycle_hook_prints_is_no_result(install_plugin, frail):
    code = """
    from hyperpose_core import hookimpl

    @hookimpl
    def hyperpose_on_train_step(event):
        print("good morning")
    """
    install_plugin("loud", code)
    printed = frail("class Dots:", "class Dots:", before="train")
    assert "good morning" not in printed.out
    assert printed.err.count("good morning") == 2


def test_debug_shows_where(frail, run):
    printed = frail("return (heat,)", "return (1 / 0,)", code=2)
    assert "Traceback" not in printed.err
    debugged = run("train", *TRAIN, *sets(list(SETTINGS)), "--debug", code=2)
    assert "ZeroDivisionError: division by zero" in debugged.err
    assert "Traceback" in debugged.err
