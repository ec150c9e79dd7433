"""The importer of this library's own files: of a run, or of the arrays of a model by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hyperpose_core.build.weights import load_weights
from hyperpose_core.contracts import Model, ReadWeights
from hyperpose_weights.importing.npz import array_names

ENDINGS = ("filters", "biases", "gamma", "beta", "moving_mean", "moving_var")


class OwnFiles:
    """Reads `newest_model.npz` and whatever else has the names of `weights.named_weights`."""

    def recognizes(self, path: Path) -> bool:
        """Say whether all names are as the layers of this library give them."""
        names = array_names(path)
        return bool(names) and all("/" in n and n.endswith(ENDINGS) for n in names)

    def settings(self, path: Path) -> Mapping[str, Any]:
        """Return what the arrays tell: whether batch normalisation was folded away (`train.norm`).

        Folded ones are neutral, and stay so in frozen training; those of a new model have other
        variances (`arrays.neutral_norm`).
        """
        from hyperpose_core.layers import EPSILON

        arrays = load_weights(path)
        variances = [a for name, a in arrays.items() if name.endswith("moving_var")]
        means = [a for name, a in arrays.items() if name.endswith("moving_mean")]
        neutral = np.float32(1) - np.float32(EPSILON)
        folded = variances and all((a == neutral).all() for a in variances)
        return {"train.norm": "frozen"} if folded and not any(a.any() for a in means) else {}

    def read(self, path: Path, model: Model, trust_pickle: bool = False) -> ReadWeights:
        """Return the arrays as they are."""
        return ReadWeights(load_weights(path))


importer = OwnFiles()
