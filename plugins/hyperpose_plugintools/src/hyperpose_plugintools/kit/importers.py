"""Checks of weight importers: they know what is theirs, run nothing, and say what is damaged."""

from __future__ import annotations

import contextlib
import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hyperpose_core.errors import CheckpointError
from hyperpose_plugintools.kit.check import Subject, expect
from hyperpose_plugintools.kit.net import Net

ENDINGS = (".npz", ".npy", ".pth", ".pt", ".pb", ".h5", ".caffemodel", ".pkl", ".ckpt", ".bin")
METHODS = ("recognizes", "settings", "read")


class Bomb:
    """What leaves a file behind when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.trace,)


def has_methods(subject: Subject) -> None:
    """The three of the contract; the target is an object, not a class."""
    importer = subject.load()
    expect(not isinstance(importer, type), "an object", f"the class {importer}")
    missing = [name for name in METHODS if not callable(getattr(importer, name, None))]
    expect(not missing, f"the methods {', '.join(METHODS)}", f"none called {', '.join(missing)}")


def knows_its_own(subject: Subject) -> None:
    """`recognizes` says True or False of any file, and `read` of a file that is none says so."""
    importer = subject.load()
    with _folder() as folder:
        for path in _strangers(folder):
            own = importer.recognizes(path)
            expect(own is True or own is False, f"True or False for {path.name}", own)
            if own:
                _expect_refusal(importer, path)


def runs_nothing(subject: Subject) -> None:
    """No file is unpickled before the user trusts it, neither to recognize nor to read it."""
    importer = subject.load()
    with _folder() as folder:
        trace = folder / "trace"
        for path in _pickled(folder, Bomb(trace)):
            if importer.recognizes(path):
                with contextlib.suppress(Exception):
                    importer.read(path, Net())
            expect(not trace.exists(), f"nothing of {path.name} to be run", "code that ran")


def _expect_refusal(importer: Any, path: Path) -> None:
    try:
        importer.read(path, Net())
    except CheckpointError:
        return
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        received = f"{type(error).__name__}: {error}"
    else:
        received = "weights"
    expect(False, f"a CheckpointError for {path.name}, which it recognizes", received)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def _strangers(folder: Path) -> Iterator[Path]:
    """Yield files that hold no weights, under the endings that weights have."""
    random = np.random.default_rng(0)
    contents = {"empty": b"", "noise": random.bytes(2000), "text": b"no weights\n" * 50}
    for ending in ENDINGS:
        for name, data in contents.items():
            path = folder / f"{name}{ending}"
            path.write_bytes(data)
            yield path


def _pickled(folder: Path, bomb: Bomb) -> Iterator[Path]:
    data = pickle.dumps([bomb])
    for ending in ENDINGS:
        path = folder / f"pickled{ending}"
        path.write_bytes(data)
        yield path
    array = np.empty(1, object)
    array[0] = bomb
    for name in ("params", "conv/filters", "arr_0"):
        path = folder / f"{name.replace('/', '-')}.npz"
        np.savez(path, **{name: array})  # type: ignore[arg-type]
        yield path


CHECKS = {
    "it is an object with the methods of an importer": has_methods,
    "it knows what is its own": knows_its_own,
    "it runs nothing of a file": runs_nothing,
}
