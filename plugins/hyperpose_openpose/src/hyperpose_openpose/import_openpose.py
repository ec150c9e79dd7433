"""OpenPose's published COCO model, trained by its authors, into Openpose.

It comes as Caffe's `pose_iter_440000.caffemodel`, as the same arrays in a PyTorch state dict
(`body_pose_model.pth` of pytorch-openpose), and as a frozen graph (`cmu` of tf-pose-estimation).
The layers have the same names in all of them; VGG-19 to conv4_2, and six stages of two branches.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.contracts import Model, ReadWeights
from hyperpose_core.errors import CheckpointError
from hyperpose_openpose.skeletons import COCO
from hyperpose_weights.caffemodel import read_blobs
from hyperpose_weights.importing.arrays import regrouped, sum_of_inputs
from hyperpose_weights.torch_files import is_torch_file, look_into, read_tensors

Array = NDArray[Any]
Arrays = dict[str, Array]
FIRST, LAST = "conv1_1", "Mconv7_stage6_L2"
MAPS = (38, 19)
"""Channels of the affinity fields and of the confidence maps, in which later stages see them."""
BRANCHES = {"L1": "paf", "L2": "conf"}
_SCALE = 255 / 256
"""Theirs is `bgr / 256 - 0.5` of 0..255, ours `rgb - 0.5` of 0..1."""
_PREFIX = re.compile(r"model\d(_\d)?\.")


class OpenposeImporter:
    """Reads one of the three files.

    Args:
        recognizes: says whether a file is of the format, by names alone.
        read: returns kernels `[h, w, I, O]` as `<layer>/kernel`, and `<layer>/bias`.
    """

    def __init__(self, recognizes: Callable[[Path], bool], read: Callable[[Path], Arrays]) -> None:
        self.recognizes, self._read = recognizes, read

    def settings(self, path: Path) -> Mapping[str, Any]:
        """Return the size at which its authors evaluate, and the keypoints that it knows."""
        return {
            "model.skeleton": COCO,
            "model.backbone": "Vgg19",
            "model.input_size": (368, 368),
            "eval.fit": "height",
            "data.type": "COCO",
        }

    def read(self, path: Path, model: Model, trust_pickle: bool = False) -> ReadWeights:
        """Return the arrays, for RGB images in [0, 1] less 0.5.

        Raises:
            CheckpointError: it is no such file, or damaged.
        """
        given = self._read(path)
        _fold_input(path, given)
        arrays: Arrays = {}
        for theirs, ours in PLACES:
            kernel, bias = given.pop(f"{theirs}/kernel", None), given.pop(f"{theirs}/bias", None)
            if kernel is not None:
                if theirs.startswith("Mconv1_") and kernel.shape[2] > sum(MAPS):
                    sizes = (*MAPS, kernel.shape[2] - sum(MAPS))
                    kernel = regrouped(kernel, 2, sizes, (2, 0, 1))
                arrays[f"{ours}/filters"] = kernel
            if bias is not None:
                arrays[f"{ours}/biases"] = bias
        return ReadWeights({**arrays, **{f"{name} of {path.name}": a for name, a in given.items()}})


def _places() -> Iterator[tuple[str, str]]:
    """Yield their layer and ours."""
    number = 0
    for scale, depth in enumerate((2, 2, 4, 2), 1):
        for i in range(depth):
            yield f"conv{scale}_{i + 1}", f"backbone/layers/{number}"
            number += 1
        number += 1  # the pooling
    yield "conv4_3_CPM", "neck/0"
    yield "conv4_4_CPM", "neck/1"
    for branch, ours in BRANCHES.items():
        for i in range(5):
            yield f"conv5_{i + 1}_CPM_{branch}", f"stage1/{ours}/{i}"
        for stage in range(2, 7):
            for i in range(7):
                yield f"Mconv{i + 1}_stage{stage}_{branch}", f"stage{stage}/{ours}/{i}"


PLACES = tuple(_places())


def _fold_input(path: Path, given: Arrays) -> None:
    """Let the first convolution do what was done to the input.

    The remaining shift is a few thousandths, and wrong only where the image's edge is padded.
    """
    kernel, bias = given.get(f"{FIRST}/kernel"), given.get(f"{FIRST}/bias")
    if kernel is None or bias is None or kernel.ndim != 4 or kernel.shape[2] != 3:
        raise CheckpointError(f"{path} has no convolution {FIRST} of three colours")
    kernel = np.ascontiguousarray(kernel[:, :, ::-1])
    given[f"{FIRST}/bias"] = bias + sum_of_inputs(kernel, 0.5 * _SCALE - 0.5)
    given[f"{FIRST}/kernel"] = kernel * np.float32(_SCALE)


def _is_caffe(path: Path) -> bool:
    return path.suffix == ".caffemodel" and _names(path, FIRST, LAST)


def _is_graph(path: Path) -> bool:
    return _names(path, f"{FIRST}/weights", f"{LAST}/weights") and not is_torch_file(path)


def _is_torch(path: Path) -> bool:
    if not is_torch_file(path):
        return False
    look_into(path)
    return _names(path, f"{FIRST}.weight", f"{LAST}.weight")


def _names(path: Path, *names: str) -> bool:
    """Say whether the bytes of a file name all of these layers."""
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return all(data.find(name.encode()) >= 0 for name in names)


def _from_caffe(path: Path) -> Arrays:
    found: Arrays = {}
    for layer, blobs in read_blobs(path).items():
        for kind, blob in zip(("kernel", "bias"), blobs, strict=False):
            found[f"{layer}/{kind}"] = _kernel(blob) if kind == "kernel" else blob.reshape(-1)
    return found


def _from_torch(path: Path) -> Arrays:
    found: Arrays = {}
    for name, array in read_tensors(path).items():
        layer, _, kind = _PREFIX.sub("", name).rpartition(".")
        array = array.astype(np.float32)
        found[f"{layer}/{'kernel' if kind == 'weight' else kind}"] = _kernel(array)
    return found


def _from_graph(path: Path) -> Arrays:
    from hyperpose_openpose.frozen_graph import constants

    kinds = {"weights": "kernel", "biases": "bias"}
    found: Arrays = {}
    for name, array in constants(path).items():
        layer, _, kind = name.rpartition("/")
        if kind in kinds and array.dtype == np.float32:
            found[f"{layer.rpartition('/')[2]}/{kinds[kind]}"] = array
    return found


def _kernel(array: Array) -> Array:
    """Turn `[O, I, h, w]` into `[h, w, I, O]`; what is no kernel stays."""
    return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array


caffe_importer = OpenposeImporter(_is_caffe, _from_caffe)
torch_importer = OpenposeImporter(_is_torch, _from_torch)
graph_importer = OpenposeImporter(_is_graph, _from_graph)
