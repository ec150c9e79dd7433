"""Specs of what writes trained models for other runtimes, and of what runs them."""

from __future__ import annotations

from dataclasses import dataclass

from hyperpose_core.specs.base import Spec


@dataclass(frozen=True, kw_only=True)
class ExporterSpec(Spec):
    """Writes a trained model in a format; docs/export.md says what `load()` gives.

    Args:
        ending: with which the names of its files end, such as `.onnx`.
        precisions: those that it can write: `float32`, `float16`, `int8`.
        runtime: the name of the runtime that checks what was written; empty: any that can.
    """

    kind = "exporter"

    ending: str
    precisions: tuple[str, ...] = ("float32",)
    runtime: str = ""


@dataclass(frozen=True, kw_only=True)
class RuntimeSpec(Spec):
    """Runs exported models. `load()` gives what is called with the file, a `Config` or None, and
    the registry, and returns an `inference.Predictor`.

    Args:
        endings: with which the names of the files end that it can run.
        module: the top-level module that it needs, such as `onnxruntime`; of several runtimes for a
            file the first is taken whose module is installed.
    """

    kind = "runtime"

    endings: tuple[str, ...]
    module: str
