"""The published weights of Lightweight OpenPose, trained on COCO by its authors.

The network `human-pose-estimation-0001` of the Open Model Zoo as an `.npz` file with
`<operation>/kernel` and `<operation>/bias`, batch normalisation folded in, and what it does to its
input as `pre/multiply` and `pre/add`; a text may describe the operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.build.weights import load_weights
from hyperpose_core.contracts import Model, ReadWeights
from hyperpose_core.errors import CheckpointError
from hyperpose_openpose.skeletons import COCO
from hyperpose_weights.importing.arrays import neutral_norm, regrouped, sum_of_inputs
from hyperpose_weights.importing.npz import array_names

Arrays = dict[str, NDArray[Any]]
INPUT = {
    "pre/multiply": ((1,), (3,)),
    "pre/add": ((1,), (3,)),
    "conv1/kernel": ((3, 3, 3, 32),),
    "conv1/bias": ((32,),),
}
"""The shapes of what is done to the input."""
SEEN = (38, 19, 128)
"""Channels that the refinement stage sees: affinity fields, confidence maps, features."""


class LightweightImporter:
    """Reads the file into a `LightweightOpenpose` with the skeleton of OpenPose on COCO."""

    def recognizes(self, path: Path) -> bool:
        """Say whether the first and the last operation are in the file."""
        return {"pre/multiply", "conv1/kernel", "Mconv7_stage2_L1/kernel"} <= set(array_names(path))

    def settings(self, path: Path) -> Mapping[str, Any]:
        """Return the sizes with which its authors evaluate, and the keypoints that it knows."""
        return {
            "model.skeleton": COCO,
            "model.input_size": (368, 368),
            "train.norm": "frozen",
            "eval.fit": "height",
            "data.type": "COCO",
        }

    def read(self, path: Path, model: Model, trust_pickle: bool = False) -> ReadWeights:
        """Return the arrays, in float32, for RGB images in [0, 1] less 0.5.

        Raises:
            CheckpointError: it is no such file, or what is done to the input is not as it was.
        """
        numbers = {n: a for n, a in load_weights(path).items() if a.dtype.kind == "f"}
        given = {name: array.astype(np.float32) for name, array in numbers.items()}
        _check_input(path, given)
        _fold_input(given, given.pop("pre/multiply"), given.pop("pre/add"))
        squeeze = "Mconv1_stage2_L1/sq/kernel"
        if squeeze in given and given[squeeze].shape[2:3] == (sum(SEEN),):
            given[squeeze] = regrouped(given[squeeze], 2, SEEN, (2, 0, 1))
        arrays: Arrays = {}
        for operation, ours, normalised in PLACES:
            for kind in ("kernel", "bias"):
                if (name := f"{operation}/{kind}") in given:
                    arrays.update(_placed(ours, kind, given.pop(name), normalised))
        return ReadWeights({**arrays, **given})


importer = LightweightImporter()


def _check_input(path: Path, given: Arrays) -> None:
    """Raise CheckpointError where the arrays that are folded into each other do not fit."""
    for name, shapes in INPUT.items():
        if name not in given or given[name].shape not in shapes:
            shape = given[name].shape if name in given else "no numbers"
            wanted = " or ".join(map(str, shapes))
            raise CheckpointError(f"the file {path} has for {name} {shape}, where {wanted} belongs")


def _fold_input(given: Arrays, multiply: NDArray[Any], add: NDArray[Any]) -> None:
    """Let the first convolution do what was done to the input.

    It was `bgr * multiply + add` of 0..255; ours is `rgb - 0.5` of 0..1. The remaining shift is a
    few thousandths, and wrong only where the image's edge is padded.
    """
    kernel = given["conv1/kernel"][:, :, ::-1]
    shift = (add + 127.5 * multiply)[::-1]
    given["conv1/bias"] = given["conv1/bias"] + sum_of_inputs(kernel, shift)
    given["conv1/kernel"] = kernel * (255.0 * multiply)


def _placed(ours: str, kind: str, array: NDArray[Any], normalised: str | None) -> Arrays:
    """Return an array under our name; a bias before batch normalisation becomes its beta."""
    if kind == "kernel":
        return {f"{ours}/filters": array}
    if normalised is None:
        return {f"{ours}/biases": array}
    return neutral_norm(normalised, array)


def _places() -> Iterator[tuple[str, str, str | None]]:
    """Yield (operation, our layer, its batch normalisation if any)."""
    yield "conv1", "backbone/blocks/0/0", "backbone/blocks/0/1"
    blocks = ("2_1", "2_2", "3_1", "3_2", "4_1", "4_2", "5_1", "5_2", "5_3", "5_4", "5_5")
    for number, block in enumerate(blocks, 1):
        ours = f"backbone/blocks/{number}"
        yield f"conv{block}/dw", f"{ours}/0", f"{ours}/1"
        yield f"conv{block}/sep", f"{ours}/2/0", f"{ours}/2/1"
    yield "conv4_3_CPM/al", "neck/align", None
    trunk = ("red", "dw1", "dw1/1x1", "dw2", "dw2/1x1", "dw3", "inc")
    for number, name in enumerate(trunk):
        yield f"conv4_3_CPM/{name}", f"neck/trunk/{number}", None
    yield "conv4_4_CPM", "neck/last", None
    for number in range(3):
        yield f"conv5_{number + 1}_CPM_L1", f"stage1/trunk/{number}", None
    for number in range(5):
        theirs, ours = f"Mconv{number + 1}_stage2_L1", f"stage2/trunk/{number}"
        yield f"{theirs}/sq", f"{ours}/squeeze", None
        yield f"{theirs}/3x3", f"{ours}/trunk/0/0", f"{ours}/trunk/0/1"
        yield f"{theirs}/3x3/2", f"{ours}/trunk/1/0", f"{ours}/trunk/1/1"
    for branch, ours in (("L1", "paf"), ("L2", "conf")):
        for number in range(2):
            yield f"conv5_{number + 4}_CPM_{branch}", f"stage1/{ours}/{number}", None
            yield f"Mconv{number + 6}_stage2_{branch}", f"stage2/{ours}/{number}", None


PLACES = tuple(_places())
