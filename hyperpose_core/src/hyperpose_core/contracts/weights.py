"""Weights of other origins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from hyperpose_core.contracts.models import Model


@dataclass(frozen=True)
class ReadWeights:
    """What an importer read.

    Args:
        arrays: name to array. One that has a place in the model has its name in
            `weights.named_weights(model)`; every other has a name that the model does not know,
            which says where it comes from.
        settings: by `group.key`, what the weights need to work as they were meant to, and what does
            not change the shapes of the model's arrays. What the user sets wins.
    """

    arrays: Mapping[str, NDArray[Any]]
    settings: Mapping[str, Any] = field(default_factory=dict)


class WeightImporter(Protocol):
    """Reads one format of weights that are not this library's own."""

    def recognizes(self, path: Path) -> bool:
        """Say whether a file is of this format; looks at names and sizes only, runs nothing.

        Raises CheckpointError where it is one of this kind that is damaged or refused; says why.
        """
        ...

    def settings(self, path: Path) -> Mapping[str, Any]:
        """Return the settings, by `group.key`, with which the model is built; what the user sets
        wins.
        """
        ...

    def read(self, path: Path, model: Model, trust_pickle: bool = False) -> ReadWeights:
        """Return the file's arrays, as this library computes with them.

        Args:
            trust_pickle: the file may be unpickled.

        Raises:
            CheckpointError: the file is damaged, is of another kind, or needs to be unpickled.
        """
        ...
