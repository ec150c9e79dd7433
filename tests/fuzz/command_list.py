"""The remembered list of commands: damaged, it is made anew."""

from __future__ import annotations

import os

from fuzzing import folder

from hyperpose_core.cli import menu


def seeds() -> list[bytes]:
    _place()
    menu.remember([("Commands", [("train", "Train a model")])])
    with open(menu._file(), "rb") as file:
        return [file.read()]


def target(data: bytes) -> None:
    _place()
    os.makedirs(os.path.dirname(menu._file()), exist_ok=True)
    with open(menu._file(), "wb") as file:
        file.write(data)
    found = menu.remembered()
    assert found is None or all(isinstance(title, str) for title, _ in found)


def _place() -> None:
    os.environ["XDG_CACHE_HOME"] = str(folder() / "cache")
