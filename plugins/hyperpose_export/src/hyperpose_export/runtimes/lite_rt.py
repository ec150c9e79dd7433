"""LiteRT, which was TensorFlow Lite, with its kernels for CPUs."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from hyperpose_export.contracts import IMAGES
from hyperpose_export.cores import cores
from hyperpose_export.loading import opener
from hyperpose_export.needs import needed
from hyperpose_export.quiet import captured

interpreter = needed("ai_edge_litert.interpreter", "litert", "running .tflite files")


class LiteRt:
    """See `contracts.Runner`. The interpreter is fitted to every new size by its signature."""

    def __init__(self, file: Path, outputs: Sequence[str]) -> None:
        with captured():  # what it says of its delegates
            self.interpreter = interpreter.Interpreter(str(file), num_threads=cores())
            self.interpreter.allocate_tensors()
            self.run = self.interpreter.get_signature_runner()
        self.alone = threading.Lock()

    def __call__(self, images: NDArray[Any]) -> dict[str, NDArray[Any]]:
        # One interpreter has one set of buffers.
        with self.alone:
            return dict(self.run(**{IMAGES: images}))


open_file = opener(LiteRt, "litert")
