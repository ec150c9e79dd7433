"""The description beside an exported file, and what is made of it before the file is opened."""

from __future__ import annotations

import json
from dataclasses import asdict

from fuzzing import written

from hyperpose_coco.skeleton import COCO
from hyperpose_core.config import Config, to_dict
from hyperpose_core.inference.load import runtime_of
from hyperpose_core.registry import get_registry
from hyperpose_export.contracts import Options
from hyperpose_export.document import Document, digest, input_of
from hyperpose_export.loading import opener


def seeds() -> list[bytes]:
    options = Options()
    file = written("a.onnx", b"model")
    limbs = [[COCO.keypoints[a], COCO.keypoints[b]] for a, b in COCO.limbs]
    document = Document(
        format="onnx",
        file="a.onnx",
        sha256=digest(file),
        model="LightweightOpenpose",
        family="openpose",
        stride=8,
        skeleton={"name": "coco", "keypoints": list(COCO.keypoints), "limbs": limbs},
        input=dict(input_of(options)),
        maps={"conf": len(COCO) + 1, "paf": 2 * len(COCO.limbs)},
        outputs=["conf", "paf"],
        options=asdict(options),
        parity=None,
        versions={},
        config=to_dict(Config()),
    )
    return [json.dumps(asdict(document)).encode()]


def target(data: bytes) -> None:
    file = written("a.onnx", b"model")
    written("a.onnx.json", data)
    runtime_of(file, get_registry())
    predictor = opener(lambda file, outputs: lambda images: {}, "none")(file)
    batch = predictor.network.document.batch
    assert batch is None or batch > 0
