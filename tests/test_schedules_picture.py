"""The picture of the schedules in the docs shows what the code does."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from hyperpose_core.registry import get_registry

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    pytest.importorskip("matplotlib")
    spec = importlib.util.spec_from_file_location("schedules", DOCS / "schedules.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_has_every_schedule(script):
    assert set(get_registry().names("schedule")) <= set(script.curves())


def blue(picture: np.ndarray) -> np.ndarray:
    """Return where the curves are: all else is grey."""
    return picture[..., 0] > picture[..., 2].astype(int) + 60


def test_it_is_the_one_that_the_script_draws(script, tmp_path):
    script.draw(tmp_path / "new.png")
    new, old = cv2.imread(str(tmp_path / "new.png")), cv2.imread(str(DOCS / "schedules.png"))
    assert new.shape == old.shape
    # Another version of the library may draw letters and edges otherwise, but not the curves.
    drawn, kept = blue(new), blue(old)
    assert kept.sum() > 1000
    assert (drawn != kept).sum() < 0.02 * kept.sum()
    assert (DOCS / "schedules.png").stat().st_size < 60_000
