"""A stranger's augmentations through the command line: used, and broken beside ours."""

from __future__ import annotations

import json

import pytest
from tiny_runs import sets, settings

from hyperpose_core.cli import main
from hyperpose_core.registry import get_registry

THEIRS = """
    from dataclasses import replace

    from hyperpose_core import AugmentationSpec, hookimpl

    @hookimpl
    def hyperpose_register_augmentations():
        for name in ("fog", "wrong", "crash"):
            yield AugmentationSpec(name=name, target=f"hyperpose_weather_plugin:{name}")

    def fog(placed, seed, strength: float = 0.5):
        return replace(placed, image=placed.image * (1 - strength) + strength)

    def wrong(placed, seed):
        return replace(placed, mask=placed.mask[..., 0])

    def crash(placed, seed):
        return placed.image.shape["height"]
"""


@pytest.fixture
def train(install_plugin, tmp_path, monkeypatch, capfd):
    """Return what trains in this process, and gives the exit code and what was said."""
    install_plugin("weather", THEIRS)
    get_registry.cache_clear()
    monkeypatch.chdir(tmp_path)

    def run(name, *texts, steps=2):
        words = ["train", "--name", name, "--save-dir", "runs", "--steps", str(steps)]
        code = main([*words, *sets([*settings(tmp_path / "drawn"), *texts])])
        return code, capfd.readouterr().err

    yield run
    get_registry.cache_clear()


def test_it_is_used_and_kept_in_the_run(train, tmp_path):
    shown = '["fog(strength=0.9)", "color", {name = "fog"}]'
    code, said = train("foggy", f"data.augmentations={shown}")
    assert code == 0, said
    kept = json.loads((tmp_path / "runs/foggy/config.json").read_text())["config"]["data"]
    assert kept["augmentations"] == ["fog(strength=0.9)", "color", "fog"]
    code, said = train("clear", f"data.augmentations={shown}", "data.augment=false", steps=1)
    assert code == 0, said
    assert "no augmentation that data names is applied" in said


def test_broken_ones_are_one_sentence_and_ours_go_on(train, tmp_path):
    for call, says in (
        (
            "wrong",
            "mask must be float32 of shape (64, 64, 1); it returned float32 of shape (64, 64)",
        ),
        ("crash", "failed: TypeError"),
        ("fog(strenght=1)", "takes no 'strenght'; did you mean 'strength'"),
    ):
        code, said = train("broken", f"data.augmentations={call}")
        assert code == 2
        assert says in said
        assert f"the augmentation {call.partition('(')[0]!r}" in said
        assert "(" in call or "of plugin 'weather'" in said
        assert "Traceback" not in said
        assert not (tmp_path / "runs/broken").exists()
    code, said = train("broken")
    assert code == 0, said
