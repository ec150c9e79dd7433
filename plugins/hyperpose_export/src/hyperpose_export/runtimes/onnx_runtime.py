"""ONNX Runtime, on the best device that it finds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from hyperpose_export.contracts import IMAGES
from hyperpose_export.cores import cores
from hyperpose_export.loading import opener
from hyperpose_export.needs import needed

onnxruntime = needed("onnxruntime", "onnxruntime", "running .onnx files")


class OnnxRuntime:
    """See `contracts.Runner`."""

    def __init__(self, file: Path, outputs: Sequence[str]) -> None:
        providers = onnxruntime.get_available_providers()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = cores()  # its own choice ignores what the process may use
        self.session = onnxruntime.InferenceSession(str(file), options, providers=providers)
        self.outputs = list(outputs)

    def __call__(self, images: NDArray[Any]) -> dict[str, NDArray[Any]]:
        found = self.session.run(self.outputs, {IMAGES: images})
        return dict(zip(self.outputs, found, strict=True))


open_file = opener(OnnxRuntime, "onnxruntime")
