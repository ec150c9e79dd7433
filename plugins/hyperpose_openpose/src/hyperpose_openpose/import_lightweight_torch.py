"""Lightweight OpenPose's checkpoints as its authors write them, into LightweightOpenpose.

`checkpoint_iter_*.pth` of https://github.com/Daniil-Osokin/lightweight-human-pose-estimation.pytorch:
the state of training, with batch normalisation as it was trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.contracts import Model, ReadWeights
from hyperpose_core.errors import CheckpointError
from hyperpose_openpose.skeletons import COCO
from hyperpose_weights.importing.arrays import regrouped, sum_of_inputs
from hyperpose_weights.torch_files import is_torch_file, look_into, read_tensors

Array = NDArray[Any]
Arrays = dict[str, Array]
FIRST = "model.0.0.weight"
SIGNS = (FIRST, "cpm.align.0.weight", "initial_stage.heatmaps.1.0.weight")
MAPS = (19, 38)
"""Channels of the confidence maps and of the affinity fields, in which later stages see them."""
NORM = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_var",
}
_SCALE = 255 / 256
"""Theirs is `(bgr - 128) / 256` of 0..255, ours `rgb - 0.5` of 0..1."""


class LightweightTorchImporter:
    """Reads the checkpoint into a model whose neck is the authors' (option `cpm`)."""

    def recognizes(self, path: Path) -> bool:
        """Say whether the file has some of the network's layers."""
        if not is_torch_file(path):
            return False
        look_into(path)
        data = path.read_bytes()
        return all(name.encode() in data for name in SIGNS)

    def settings(self, path: Path) -> Mapping[str, Any]:
        """Return the sizes with which its authors evaluate, and how many stages the file has."""
        return {
            "model.skeleton": COCO,
            "model.input_size": (368, 368),
            "model.stages": 1 + _refinements(read_tensors(path)),
            "model.options": {"cpm": "authors"},
            "eval.fit": "height",
            "data.type": "COCO",
        }

    def read(self, path: Path, model: Model, trust_pickle: bool = False) -> ReadWeights:
        """Return the arrays, for RGB images in [0, 1] less 0.5.

        Raises:
            CheckpointError: it is no such file, or damaged.
        """
        given = {n: a.astype(np.float32) for n, a in read_tensors(path).items()}
        given = {n: a for n, a in given.items() if not n.endswith("num_batches_tracked")}
        if given.get(FIRST, np.zeros(0)).shape[1:] != (3, 3, 3):
            raise CheckpointError(f"{path} has no first convolution {FIRST} of three colours")
        arrays: Arrays = {}
        for theirs, ours, norm in _places(_refinements(given)):
            arrays |= _layer(given, theirs, ours, norm)
        _fold_input(arrays)
        _zero_biases(arrays)
        return ReadWeights({**arrays, **{f"{name} of {path.name}": a for name, a in given.items()}})


importer = LightweightTorchImporter()


def _refinements(given: Mapping[str, Array]) -> int:
    names = (name.split(".") for name in given if name.startswith("refinement_stages."))
    return 1 + max((int(parts[1]) for parts in names if parts[1].isdigit()), default=-1)


def _places(refinements: int) -> Iterator[tuple[str, str, str | None]]:
    """Yield (their layer, ours, our batch normalisation; theirs is the next in the list)."""
    yield "model.0.0", "backbone/blocks/0/0", "backbone/blocks/0/1"
    for block in range(1, 12):
        ours = f"backbone/blocks/{block}"
        yield f"model.{block}.0", f"{ours}/0", f"{ours}/1"
        yield f"model.{block}.3", f"{ours}/2/0", f"{ours}/2/1"
    yield "cpm.align.0", "neck/align", None
    for i in range(3):
        yield f"cpm.trunk.{i}.0", f"neck/trunk/{2 * i}", None
        yield f"cpm.trunk.{i}.2", f"neck/trunk/{2 * i + 1}", None
    yield "cpm.conv.0", "neck/last", None
    for i in range(3):
        yield f"initial_stage.trunk.{i}.0", f"stage1/trunk/{i}", None
    for number in range(refinements):
        theirs, ours = f"refinement_stages.{number}.trunk", f"stage{number + 2}/trunk"
        for i in range(5):
            yield f"{theirs}.{i}.initial.0", f"{ours}/{i}/squeeze", None
            for j in range(2):
                norm = f"{ours}/{i}/trunk/{j}/1"
                yield f"{theirs}.{i}.trunk.{j}.0", f"{ours}/{i}/trunk/{j}/0", norm
    stages = ["initial_stage", *(f"refinement_stages.{n}" for n in range(refinements))]
    for number, theirs in enumerate(stages, 1):
        for branch, ours in (("heatmaps", "conf"), ("pafs", "paf")):
            for i in range(2):
                yield f"{theirs}.{branch}.{i}.0", f"stage{number}/{ours}/{i}", None


def _layer(given: Arrays, theirs: str, ours: str, norm: str | None) -> Arrays:
    """Take a convolution, and the batch normalisation after it."""
    found: Arrays = {}
    kernel, bias = given.pop(f"{theirs}.weight", None), given.pop(f"{theirs}.bias", None)
    if kernel is not None and kernel.ndim == 4:
        depthwise = kernel.shape[1] == 1 and kernel.shape[2] > 1
        found[f"{ours}/filters"] = kernel.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))
        if ours.endswith("trunk/0/squeeze") and kernel.shape[1] > sum(MAPS):
            sizes = (kernel.shape[1] - sum(MAPS), *MAPS)
            found[f"{ours}/filters"] = regrouped(found[f"{ours}/filters"], 2, sizes, (0, 2, 1))
    if bias is not None and norm is None:
        found[f"{ours}/biases"] = bias
    if norm is not None:
        after, _, number = theirs.rpartition(".")
        for kind, name in NORM.items():
            array = given.pop(f"{after}.{int(number) + 1}.{kind}", None)
            if array is not None:
                # What is added before normalising is taken off the mean.
                shifted = bias is not None and kind == "running_mean"
                found[f"{norm}/{name}"] = array - bias if shifted else array
    return found


def _fold_input(arrays: Arrays) -> None:
    """Let the first convolution and its normalisation do what was done to the input."""
    name, mean = "backbone/blocks/0/0/filters", "backbone/blocks/0/1/moving_mean"
    kernel = np.ascontiguousarray(arrays[name][:, :, ::-1])
    if mean in arrays:
        arrays[mean] = arrays[mean] - sum_of_inputs(kernel, 0.5 * _SCALE - 0.5)
    arrays[name] = kernel * np.float32(_SCALE)


def _zero_biases(arrays: Arrays) -> None:
    """Give the neck's separable convolutions the biases that theirs have not."""
    for i in range(6):
        name = f"neck/trunk/{i}/filters"
        if name in arrays:
            channels = arrays[name].shape[2 if i % 2 == 0 else 3]
            arrays[f"neck/trunk/{i}/biases"] = np.zeros(channels, np.float32)
