"""The sentence for an installation without TensorFlow."""

from __future__ import annotations

import importlib.util

from hyperpose_core.errors import InputError

_ADVICE = (
    "TensorFlow is not installed: pip install tensorflow; where tensorflow-cpu or a nightly build "
    "is to serve, see the README"
)


def need_tensorflow() -> None:
    """Raise InputError where TensorFlow is not installed, without importing it."""
    if importlib.util.find_spec("tensorflow") is None:
        raise InputError(_ADVICE)


def advice(error: BaseException) -> str:
    """Return what to do about an import that failed for want of TensorFlow; else nothing."""
    wanting = isinstance(error, ModuleNotFoundError) and error.name == "tensorflow"
    return f". {_ADVICE}" if wanting else ""
