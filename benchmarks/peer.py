"""The 2021 library, unpacked from its wheel, under this interpreter."""

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path

import numpy as np


def import_peer(folder: Path | None, *modules: str) -> list[types.ModuleType] | None:
    """Import modules of the peer, but not its packages' `__init__`, which needs old versions.

    Args:
        folder: where the wheel was unpacked.
        modules: below `hyperpose`, as "Model.openpose.utils".

    Returns:
        the modules, or None, after saying why, where the peer is absent.
    """
    if folder is None or not (folder / "hyperpose/Model/openpose/processor.py").exists():
        print("the peer is absent: give --peer FOLDER\n")
        return None
    np.int = int  # type: ignore[attr-defined]  # the peer was written for numpy below 1.24
    for name in ("peer", "peer.Config", "peer.Model", "peer.Model.openpose"):
        package = types.ModuleType(name)
        package.__path__ = [str(folder / "hyperpose" / Path(*name.split(".")[1:]))]
        sys.modules[name] = package
    try:
        return [importlib.import_module(f"peer.{module}") for module in modules]
    except ImportError as error:
        print(f"the peer cannot be imported here: {error}\n")
        return None
