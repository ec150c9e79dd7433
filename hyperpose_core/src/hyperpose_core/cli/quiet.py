"""Importing TensorFlow without the lines that its libraries write while they are loaded."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from hyperpose_core.support.missing_tensorflow import need_tensorflow


def load_tensorflow() -> None:
    """Import TensorFlow; what it says of its build is dropped, its errors are raised as ever.

    Raises:
        InputError: it is not installed.
    """
    need_tensorflow()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with silent_standard_error():
        import tensorflow  # noqa: F401


@contextlib.contextmanager
def silent_standard_error() -> Iterator[None]:
    """Drop what is written to standard error, by libraries in C++, too."""
    # The lines come from C++, so the file descriptor itself has to lead elsewhere meanwhile.
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
