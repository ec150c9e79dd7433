"""Caches: arrays that were made of a large file, kept for the next time in the user's cache folder.

A cache is known by the whole content of its file, and by the settings with which it was made. It is
written whole or not at all, and may be deleted at any time; one that is damaged, or anybody else's,
is made anew. It holds numbers only, never objects that could run anything when they are read.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.errors import HyperposeError
from hyperpose_core.support.files import atomic_path
from hyperpose_core.support.messages import Messages

Arrays = dict[str, NDArray[Any]]
_KEY = "key"
_LEFT = 3600.0
"""Seconds after which nobody writes a temporary file any more: whoever did was killed."""


class Cache:
    """What is made of one file with some settings.

    Args:
        source: the file.
        content: its bytes.
        settings: what else decides what is made, the version of the code that makes it included.
    """

    def __init__(self, source: Path, content: bytes, settings: Mapping[str, Any]) -> None:
        made_with = json.dumps(settings, sort_keys=True)
        digest = hashlib.blake2b(content, digest_size=32).hexdigest()
        self._key = json.dumps([made_with, len(content), digest])
        whose = f"{source.resolve()}\0{made_with}"
        name = hashlib.blake2b(os.fsencode(whose), digest_size=8).hexdigest()
        self.path = folder() / f"{name}.npz"

    def load(self) -> Arrays | None:
        """Return what was stored; None where that is absent, damaged or of another content."""
        try:
            # NumPy leaves a damaged file open that it has opened itself.
            with self.path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                # Ours are not packed: what unpacks to more than its file is a bomb.
                if sum(one.file_size for one in file.zip.infolist()) > self.path.stat().st_size:
                    return None
                if _text(file[_KEY]) != self._key:
                    return None
                return {name: file[name] for name in file.files if name != _KEY}
        except Exception:  # noqa: BLE001  an archive may be damaged in any way, and is made anew
            return None

    def store(self, arrays: Arrays) -> bool:
        """Keep arrays; where that is not possible, say so once and return False."""
        try:
            self._remove_leftovers()
            with atomic_path(self.path) as temporary:
                everything: dict[str, Any] = {_KEY: text_array(self._key), **arrays}
                np.savez(temporary, **everything)
        except (OSError, HyperposeError) as error:
            _say(f"what was read of annotations cannot be kept for the next time: {error}")
            return False
        return True

    def _remove_leftovers(self) -> None:
        for left in self.path.parent.glob(f".{self.path.stem}-*{self.path.suffix}"):
            if time.time() - left.stat().st_mtime > _LEFT:
                left.unlink(missing_ok=True)


def folder() -> Path:
    """Return the folder of all caches, of what may be deleted: `~/.cache/hyperpose/annotations`."""
    local = os.environ.get("LOCALAPPDATA", "") if os.name == "nt" else ""
    base = os.environ.get("XDG_CACHE_HOME") or local or os.path.expanduser("~/.cache")
    return Path(base) / "hyperpose" / "annotations"


def text_array(text: str) -> NDArray[np.uint8]:
    """Return a text as an array."""
    return np.frombuffer(text.encode(), np.uint8)


def as_array(values: Any) -> NDArray[np.uint8]:
    """Return plain values, as JSON has them, as an array."""
    return text_array(json.dumps(values, separators=(",", ":")))


def as_values(array: NDArray[Any]) -> Any:
    """Return what `as_array` was given; ValueError where it was not."""
    return json.loads(_text(array))


def _text(array: NDArray[Any]) -> str:
    return array.astype(np.uint8).tobytes().decode()


@functools.cache
def _say(text: str) -> None:
    Messages().warn(text)
