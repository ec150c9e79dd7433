"""What fuzz targets share: their list, a place for files, changed bytes, what errors may say."""

from __future__ import annotations

import atexit
import copy
import functools
import importlib
import json
import os
import pkgutil
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from hypothesis import strategies as st

from hyperpose_core.errors import HyperposeError

MOST_WORDS, REPEATED = 3000, 3
"""Characters that an error may have, and how many times the file's own: names are quoted, a few
bytes never become a page."""
TOKENS = (
    *(b"nan", b"-inf", b"1e999", b"-1", b"0", b"18446744073709551616", b"9" * 400, b"9" * 5000),
    *(b"null", b"true", b"{}", b"[]", b'""', b"[" * 1000, b'{"a":' * 1000, b"\0", b"\xff\xfe"),
    *(
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x80",
        b'"../../etc/passwd"',
        b"'",
        b'"',
        b"\n",
        b"*a",
        b"a" * 250,
    ),
)
"""What a file of any kind gets now and then, besides changed bytes."""
VALUES = (
    *(None, True, -1, 0, 2**63, 10**30, 1e300, float("nan"), float("inf"), "", "x", "\ud800"),
    *("../../x", "a\0b", [], {}, [[]], [1], [None], {"a": 1}, "9" * 50, [0] * 60),
)
"""What stands in place of a value of a JSON document."""


class FuzzTarget(Protocol):
    """A module of `fuzz`."""

    def target(self, data: bytes) -> None:
        """Give the bytes to a reader; raises nothing but HyperposeError."""

    def seeds(self) -> Sequence[bytes]:
        """Return whole files."""


def names() -> list[str]:
    """Return the names of the targets."""
    import fuzz

    return sorted(module.name for module in pkgutil.iter_modules(fuzz.__path__))


def load(name: str) -> FuzzTarget:
    """Import a target."""
    return cast(FuzzTarget, importlib.import_module(f"fuzz.{name}"))


def try_one(target: Callable[[bytes], None], data: bytes) -> bool:
    """Run a target; say whether it read the bytes. An error's text must be one for a user."""
    try:
        target(data)
    except HyperposeError as error:
        text = str(error)
        assert text
        assert len(text) < MOST_WORDS + REPEATED * len(data), (
            f"{len(text)} characters: {text[:200]}"
        )
        assert "function_node" not in text
        assert "Traceback" not in text
        return False
    return True


@functools.cache
def folder() -> Path:
    """A folder of this process, removed at its end; in memory where there is such a place."""
    shared = "/dev/shm"
    base = shared if os.access(shared, os.W_OK) else None
    path = Path(tempfile.mkdtemp(prefix="hyperpose-fuzz-", dir=base))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def written(name: str, data: bytes) -> Path:
    """Write a file, over the one of the time before."""
    path = folder() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@st.composite
def changed_bytes(draw: Any, seeds: Sequence[bytes]) -> bytes:
    """Change a whole file in a few places, or make one up."""
    data = bytearray(draw(st.sampled_from([*seeds, b""])))
    if not data:
        return cast(bytes, draw(st.binary(max_size=64)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        match draw(st.integers(0, 4)):
            case 0:
                data[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case 1:
                data[at:at] = draw(st.sampled_from(TOKENS))
            case 2:
                del data[at : at + draw(st.sampled_from([1, 2, 4, 8, 64]))]
            case 3:
                del data[at:]
            case _:
                data[at : at + 8] = draw(st.binary(min_size=8, max_size=8))
    return bytes(data)


@st.composite
def changed_json(draw: Any, documents: Sequence[Any]) -> bytes:
    """Replace, remove or repeat a value or two of a JSON document."""
    document = json.loads(json.dumps(draw(st.sampled_from(list(documents)))))
    for _ in range(draw(st.integers(1, 2))):
        places = list(_places(document))
        if places:
            holder, key = draw(st.sampled_from(places))
            match draw(st.integers(0, 5)):
                case 0:
                    del holder[key]
                case 1:
                    holder[key] = [holder[key]] * 2
                case _:
                    holder[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
    return json.dumps(document).encode()


def changed(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Change files by their bytes; those that are JSON by their values, too."""
    documents = [document for seed in seeds if (document := _document(seed)) is not None]
    if not documents:
        return changed_bytes(seeds)
    return st.one_of(changed_json(documents), changed_bytes(seeds))


def _document(data: bytes) -> Any:
    try:
        document = json.loads(data)
    except ValueError:
        return None
    return document if isinstance(document, dict | list) else None


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(items):
        yield value, key
        if isinstance(item, dict | list):
            yield from _places(item)
