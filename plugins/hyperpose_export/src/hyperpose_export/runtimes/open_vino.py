"""OpenVINO, on the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from hyperpose_export.contracts import IMAGES
from hyperpose_export.loading import opener
from hyperpose_export.needs import needed

openvino = needed("openvino", "openvino", "running files by OpenVINO")


class OpenVino:
    """See `contracts.Runner`."""

    def __init__(self, file: Path, outputs: Sequence[str]) -> None:
        core = openvino.Core()
        # As exported: its own choice on some processors is bfloat16.
        settings = {"INFERENCE_PRECISION_HINT": "f32"}
        self.model = core.compile_model(core.read_model(file), "CPU", settings)
        self.outputs = tuple(outputs)

    def __call__(self, images: NDArray[Any]) -> dict[str, NDArray[Any]]:
        request = self.model.create_infer_request()
        request.infer({IMAGES: images})
        return {name: request.get_tensor(name).data.copy() for name in self.outputs}


open_file = opener(OpenVino, "openvino")
