"""Layouts: which array of an ordered file belongs where in a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.contracts import ReadWeights
from hyperpose_weights.importing.arrays import neutral_norm, regrouped, sum_of_inputs

Shape = tuple[int, ...]
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Slot:
    """The place of one array in an ordered file.

    Args:
        label: what the array is called where the file comes from.
        shape: its shape.
        ours: its name in the model; None: it has no place there.
        fold: of a bias that the model has not: the moving mean from which it is subtracted.
    """

    label: str
    shape: Shape
    ours: str | None = None
    fold: str | None = None


@dataclass(frozen=True)
class Layout:
    """The order of the arrays in a file, and what else it takes to use them.

    Args:
        name: whose order it is, for messages.
        neutral: batch normalisations of the model, with their channels, that the other network does
            without.
        first: the first convolution, whose input is less by `offset` than the other network's.
        offset: of red, green and blue.
        maps: channels of all that a later stage sees, of the confidence maps, and of the affinity
            fields, which it sees after the features in this order.
        settings: what the weights need.
    """

    name: str
    slots: Sequence[Slot]
    neutral: dict[str, int] = field(default_factory=dict)
    first: str | None = None
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    maps: tuple[int, int, int] = (0, 0, 0)
    settings: dict[str, Any] = field(default_factory=dict)

    def fill(self, arrays: Sequence[NDArray[Any]]) -> ReadWeights:
        """Return the arrays under the model's names, as the model computes with them.

        Args:
            arrays: one for each slot.
        """
        found: Arrays = {}
        biases: Arrays = {}
        for slot, array in zip(self.slots, arrays, strict=True):
            if slot.fold is not None:
                biases[slot.fold] = array
            else:
                found[slot.ours or f"{self.name}: {slot.label}"] = array
        for mean, bias in biases.items():
            found[mean] = found[mean] - bias
        for norm, channels in self.neutral.items():
            if f"{norm[:-1]}0/filters" in found:
                found |= neutral_norm(norm, np.zeros(channels, np.float32))
        self._shift_input(found)
        return ReadWeights(dict(self._reordered(found)), self.settings)

    def _shift_input(self, found: Arrays) -> None:
        kernel = found.get(f"{self.first}/filters")
        if kernel is None:
            return
        bias = sum_of_inputs(kernel, np.asarray(self.offset, kernel.dtype))
        biases, mean = f"{self.first}/biases", f"{str(self.first)[:-1]}1/moving_mean"
        if biases in found:
            found[biases] = found[biases] + bias
        elif mean in found:
            found[mean] = found[mean] - bias

    def _reordered(self, found: Arrays) -> Iterator[tuple[str, NDArray[Any]]]:
        """Exchange confidence maps and affinity fields in what later stages see."""
        seen, confs, pafs = self.maps
        for name, array in found.items():
            axis = 2 if array.ndim == 4 else 0
            later = name.startswith("stage") and not name.startswith("stage1/")
            if later and array.shape[axis] == seen:
                array = regrouped(array, axis, (seen - confs - pafs, confs, pafs), (0, 2, 1))
            yield name, array
