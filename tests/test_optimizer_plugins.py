"""Optimizers and schedules of other people, through the command line; broken ones too."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_runs import ROOT, sets, settings

from hyperpose_core.build.weights import load_weights
from hyperpose_core.cli import main
from hyperpose_core.config import TrainConfig
from hyperpose_core.errors import PluginError
from hyperpose_core.registry import get_registry
from hyperpose_training.optimizing.optimizers import make_optimizer

QUICK = (
    *("model.type=Openpose", "model.backbone=Vggtiny", "model.width=0.125"),
    *("train.warmup_steps=2", "train.learning_rate=1e-3", "log.tensorboard=false"),
)
BROKEN = """
    import numpy as np
    import tensorflow as tf
    from hyperpose_core import OptimizerSpec, ScheduleSpec, hookimpl
    from hyperpose_training.optimizing.optimizers import SGD

    class Fails(SGD):
        def update(self, variable, slots, gradient, rate, number):
            variable.assign(slots[1])

    class Spoils(SGD):
        def update(self, variable, slots, gradient, rate, number):
            variable.assign(variable * float("nan"))

    class Bare(SGD):
        def __init__(self, *given):
            super().__init__(*given)
            self.slots = {"all": np.zeros(3)}

    class Dies(SGD):
        def __init__(self, *given):
            raise ZeroDivisionError("on Tuesdays")

    def plain(variables, config, factors, wait=7):
        assert wait == 7
        return SGD(variables, config, factors)

    def nothing(variables, config, factors):
        return None

    def nobody(step, steps, warmup):
        return None

    def lost(step, steps, warmup):
        return float("nan")

    def below(step, steps, warmup):
        return -1

    def dies(step, steps, warmup):
        return 1 / 0

    @hookimpl
    def hyperpose_register_optimizers():
        for name in ("Fails", "Spoils", "Bare", "Dies", "nothing", "missing"):
            yield OptimizerSpec(name=name, target=f"{__name__}:{name}")
        waits = {"wait": "warmup_steps"}
        yield OptimizerSpec(name="plain", target=f"{__name__}:plain", settings=waits)
        yield OptimizerSpec(name="odd", target=f"{__name__}:Fails", settings={"a": "no_such"})

    @hookimpl
    def hyperpose_register_schedules():
        for name in ("nobody", "lost", "below", "dies"):
            yield ScheduleSpec(name=name, target=f"{__name__}:{name}")
"""


@pytest.fixture
def fresh_registry():
    """The default registry, made anew at its next use, and after the test."""
    get_registry.cache_clear()
    yield
    get_registry.cache_clear()


@pytest.fixture
def lion(install_plugin, fresh_registry):
    """Install the plugin that the page shows."""
    page = (ROOT / "docs" / "optimizers.md").read_text()
    code = re.findall(r"`hyperpose_lion/(\w+\.py)`:\n\n```python\n(.*?)```", page, re.DOTALL)
    site = install_plugin("lion", "")
    package = site / "hyperpose_lion"
    package.mkdir()
    for name, text in [*code, ("__init__.py", "")]:
        (package / name).write_text(text)
    entry = next(site.glob("*.dist-info/entry_points.txt"))
    entry.write_text("[hyperpose]\nlion = hyperpose_lion.plugin\n")
    importlib.invalidate_caches()


def train(folder: Path, name: str, steps: int, *more: str, resume: bool = False) -> int:
    words = ["train", "--name", name, "--save-dir", str(folder / "runs"), "--steps", str(steps)]
    words += ["--resume"] if resume else []
    return main([*words, *sets([*settings(folder / "pictures", *QUICK, *more)])])


def test_theirs_train_resume_and_refuse_the_slots_of_others(tmp_path, lion, capfd):
    theirs = "train.optimizer=lion(beta1=0.8)", "train.schedule=inverse_root(hold=3)"
    assert train(tmp_path, "once", 4, *theirs) == 0
    assert train(tmp_path, "parts", 2, *theirs) == 0
    assert train(tmp_path, "parts", 4, *theirs, resume=True) == 0
    assert "not as before" not in capfd.readouterr().err
    runs = tmp_path / "runs"
    lines = (runs / "once" / "metrics.jsonl").read_text().splitlines()
    rates = [json.loads(line)["learning_rate"] for line in lines]
    assert rates == pytest.approx([1e-3 / 3, 2e-3 / 3, 1e-3, 1e-3 * (3 / 4) ** 0.5])
    config = json.loads((runs / "once" / "config.json").read_text())["config"]["train"]
    assert config["optimizer"] == "Lion(beta1=0.8)"
    assert config["schedule"] == "inverse-root(hold=3)"
    files = [next((runs / name).rglob("checkpoint-00000004.npz")) for name in ("once", "parts")]
    once, parts = map(load_weights, files)
    assert any(name.startswith("optimizer/momentum/") for name in once)
    for name in once.keys() - {"progress"}:
        np.testing.assert_array_equal(once[name], parts[name], err_msg=name)
    assert train(tmp_path, "parts", 5, "train.optimizer=AdamW", resume=True) == 2
    error = capfd.readouterr().err
    assert "was written by the optimizer Lion(beta1=0.8), this training has AdamW" in error
    assert train(tmp_path, "new", 1, "train.optimizer=lion(beta=0.8)") == 2
    error = capfd.readouterr().err
    assert "the optimizer 'Lion' takes no 'beta'; did you mean 'beta" in error
    assert not (runs / "new").exists()


def test_the_lion_of_the_page_is_that_of_keras(lion):
    start = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    ours, theirs = tf.Variable(start), keras.Variable(start)
    config = TrainConfig(optimizer="Lion(beta2=0.9)", weight_decay=0.1)
    optimizer = make_optimizer({"w": ours}, config)
    reference = keras.optimizers.Lion(0.01, beta_2=0.9, weight_decay=0.1)
    for step, gradient in enumerate(np.random.default_rng(1).normal(size=(20, 3, 4))):
        gradient = tf.constant(gradient, tf.float32)
        optimizer.apply([gradient], tf.constant(0.01), tf.constant(step, tf.int64))
        reference.apply([gradient], [theirs])
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-5)


@pytest.mark.parametrize(
    ("setting", "code", "words"),
    [
        ("train.optimizer=fails", 2, "optimizer 'Fails' of plugin 'bad'.*failed: IndexError"),
        (
            "train.optimizer=spoils",
            1,
            r"step 1: weights/.* train\.optimizer \(now Spoils\)",
        ),
        ("train.optimizer=bare", 2, "'Bare' of plugin 'bad'.*slot 'all' must be a tf.Variable"),
        ("train.optimizer=dies", 2, "'Dies' of plugin 'bad'.*ZeroDivisionError: on Tuesdays"),
        ("train.optimizer=nothing", 2, "'nothing' of plugin 'bad'.*failed in its call.* gave None"),
        ("train.optimizer=missing", 2, "'missing' of plugin 'bad'.*cannot be loaded"),
        ("train.optimizer=odd", 2, "'odd' of plugin 'bad'.*no_such"),
        ("train.schedule=nobody", 2, "'nobody' of plugin 'bad'.*failed in its call.* gave None"),
        ("train.schedule=lost", 2, "'lost' of plugin 'bad'.*it returned nan at step 0 of 2"),
        ("train.schedule=below", 2, "'below' of plugin 'bad'.*it returned -1 at step 0 of 2"),
        ("train.schedule=dies", 2, "'dies' of plugin 'bad'.*ZeroDivisionError"),
    ],
)
def test_a_broken_one_is_named_in_a_sentence_and_leaves_no_model(
    tmp_path, install_plugin, fresh_registry, capfd, setting, code, words
):
    install_plugin("bad", BROKEN)
    assert train(tmp_path, "run", 2, setting) == code
    [line] = [line for line in capfd.readouterr().err.splitlines() if line.startswith("Error")]
    assert re.search(words, line)
    assert not [*tmp_path.rglob("newest_model.npz")]


def test_a_setting_that_is_none_leaves_the_default_of_the_argument(install_plugin, fresh_registry):
    install_plugin("bad", BROKEN)
    make_optimizer({}, TrainConfig(optimizer="plain"))
    with pytest.raises(PluginError, match=r"'plain' of plugin 'bad'.*AssertionError"):
        make_optimizer({}, TrainConfig(optimizer="plain", warmup_steps=3))


def test_broken_ones_leave_ours_alone(tmp_path, install_plugin, fresh_registry):
    install_plugin("bad", BROKEN)
    assert train(tmp_path, "run", 1, "train.optimizer=sgd", "train.schedule=constant") == 0
