"""A stranger's trainer, through the command line and from Python; a broken one too."""

from __future__ import annotations

import json

import pytest
from tiny_runs import sets, settings

from hyperpose_core import Config, get_train
from hyperpose_core.cli import main
from hyperpose_core.errors import PluginError
from hyperpose_core.registry import get_registry

SUMS = """
    from types import SimpleNamespace
    from hyperpose_core import TrainerSpec, hookimpl
    from hyperpose_core.build.weights import named_weights, save_weights
    from hyperpose_core.runs import Run

    class Sums:
        \"\"\"Keeps the first weights, and counts the images.\"\"\"

        def __init__(self, config, registry=None, say=None):
            self.config = config

        def __call__(self, model, dataset, resume=None):
            run = Run.of(self.config)
            run.newest_model.parent.mkdir(parents=True, exist_ok=True)
            arrays = {name: v.numpy() for name, v in named_weights(model).items()}
            save_weights(run.newest_model, arrays)
            facts = {"images": len(dataset.train_samples()), "resumed": resume}
            return SimpleNamespace(run=run, to_dict=lambda: facts)

    class Dies(Sums):
        def __call__(self, model, dataset, resume=None):
            raise ZeroDivisionError("on Tuesdays")

    @hookimpl
    def hyperpose_register_trainers():
        for name in ("Sums", "Dies"):
            yield TrainerSpec(name=name, target=f"{__name__}:{name}")
        yield TrainerSpec(name="missing", target=f"{__name__}:Sums.missing")
"""


@pytest.fixture
def theirs(install_plugin):
    get_registry.cache_clear()
    install_plugin("sums", SUMS)
    yield
    get_registry.cache_clear()


def train(folder, trainer: str, *words: str) -> int:
    texts = settings(folder / "pictures", f"train.trainer={trainer}")
    return main(["train", "--save-dir", str(folder / "runs"), *words, *sets(texts)])


def test_the_command_trains_by_it(tmp_path, theirs, capsys):
    assert train(tmp_path, "sums", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"images": 6, "resumed": False}
    assert list((tmp_path / "runs").rglob("newest_model.npz"))


@pytest.mark.parametrize(
    ("trainer", "words", "said"),
    [
        ("Dies", (), "(hyperpose-sums 1.0) failed: ZeroDivisionError: on Tuesdays"),
        ("missing", (), "the trainer 'missing' of plugin 'sums'"),
        (
            "sums",
            ("--dry-run",),
            "of plugin 'sums' (hyperpose-sums 1.0) has no dry run",
        ),
        ("som", (), "unknown trainer 'som': there are Sums"),
    ],
)
def test_a_broken_one_is_named_in_a_sentence(tmp_path, theirs, capsys, trainer, words, said):
    assert train(tmp_path, trainer, *words) == 2
    [line] = [line for line in capsys.readouterr().err.splitlines() if line.startswith("Error")]
    assert said in line


def test_ours_is_unaffected_and_theirs_is_found_from_python(theirs):
    config = Config()
    assert type(get_train(config)).__module__.startswith("hyperpose_training")
    config.train.trainer = "sums"
    assert type(get_train(config)).__name__ == "Sums"
    config.train.trainer = "missing"
    with pytest.raises(PluginError, match="of plugin 'sums'"):
        get_train(config)
