"""Weights: naming a model's variables, saving and loading them by name."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.errors import CheckpointError
from hyperpose_core.support.files import atomic_path

if TYPE_CHECKING:
    import tensorflow as tf

    from hyperpose_core.contracts import Model

Arrays = Mapping[str, NDArray[Any]]
BACKBONE = "backbone/"
"""How the names of a backbone's weights begin."""
_IN_LIST = re.compile(r"(.*?/)(\d+)/")
"""The name of a list of layers, and the place of one of them in it."""
SMALL, LARGEST_RATIO = 2**26, 100
"""Bytes that a file may always hold, and how many times its own size beyond that."""
SHOWN = 4
"""How many arrays a message lists of each way in which they do not fit."""


def named_weights(model: Model) -> dict[str, tf.Variable]:
    """Return the model's variables under the names of the attributes that hold them.

    `model.backbone.conv1.filters` is called `backbone/conv1/filters`, in every process and however
    many models were built before (TensorLayer's and TensorFlow's own names count up).
    """
    wanted = {id(variable): variable for variable in model.all_weights}
    names: dict[str, tf.Variable] = {}
    for path, variable in _walk(model, (), set()):
        if wanted.pop(id(variable), None) is not None:
            names["/".join(path)] = variable
    for i, variable in enumerate(wanted.values()):
        names[f"weight_{i}"] = variable
    return names


def _walk(value: Any, path: tuple[str, ...], seen: set[int]) -> Iterator[tuple[Any, Any]]:
    """Yield (path, object that looks like a variable), public attributes before private ones."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if hasattr(value, "assign") and hasattr(value, "shape"):
        yield path, value
        return
    for name, child in children_of(value):
        yield from _walk(child, (*path, name), seen)


def children_of(value: Any) -> Iterable[tuple[str, Any]]:
    """Return what an object, list or table holds, by name; private attributes come last."""
    if isinstance(value, Mapping):
        return [(str(key), child) for key, child in value.items()]
    if isinstance(value, list | tuple):
        return [(str(i), child) for i, child in enumerate(value)]
    if not hasattr(value, "__dict__") or isinstance(value, type):
        return []
    children = [(n, c) for n, c in vars(value).items() if not callable(c) or hasattr(c, "__dict__")]
    return sorted(children, key=lambda item: item[0].startswith("_"))


def save_weights(path: str | Path, arrays: Arrays) -> None:
    """Write name -> array to an `.npz` file that loads without pickle, atomically."""
    with atomic_path(path) as temporary:
        np.savez(temporary, **arrays)  # type: ignore[arg-type]


def load_weights(path: str | Path) -> dict[str, NDArray[Any]]:
    """Read name -> array from an `.npz` file.

    Raises:
        CheckpointError: the file is missing, damaged, or needs pickle.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"there is no weights file {path}; train first, or name another run")
    if not zipfile.is_zipfile(path):
        raise CheckpointError(
            f"the weights file {path} cannot be read: it is no .npz file, or not the whole of one"
        )
    try:
        # NumPy leaves a damaged file open that it has opened itself.
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            held, size = sum(entry.file_size for entry in file.zip.infolist()), path.stat().st_size
            if held > max(SMALL, LARGEST_RATIO * size):
                raise ValueError(f"its {size} bytes are to become {held}, which no weights do")
            arrays = {name: file[name] for name in file.files}
    except Exception as error:
        # What damaged archives lead to is not documented: zlib.error, MemoryError, TokenError...
        reason = " ".join(str(error).split())
        raise CheckpointError(f"the weights file {path} cannot be read: {reason}") from error
    # Of an entry that does not begin as an array does, numpy gives the bytes.
    if other := [name for name, array in arrays.items() if not isinstance(array, np.ndarray)]:
        raise CheckpointError(
            f"the weights file {path} cannot be read: no arrays are {_first(other, SHOWN)}"
        )
    return arrays


def check_numbers(arrays: Arrays, origin: object) -> None:
    """Raise CheckpointError, which names them, where arrays hold anything but finite numbers.

    Args:
        origin: names the arrays in messages.
    """
    bad = [n for n, a in arrays.items() if a.dtype.kind not in "fiu" or not np.isfinite(a).all()]
    if bad:
        raise CheckpointError(
            f"{origin} holds values that are no finite numbers, in {_first(bad, SHOWN)}: it is "
            f"damaged, or comes from a training that diverged"
        )


@dataclass(frozen=True)
class Fit:
    """How arrays fit a model's variables, by name and shape.

    Args:
        fitting: names that agree in both.
        missing: names of variables without an array.
        left_over: names of arrays without a variable.
        misshapen: name to the array's shape and the variable's.
    """

    fitting: list[str]
    missing: list[str]
    left_over: list[str]
    misshapen: dict[str, tuple[tuple[int, ...], tuple[int, ...]]]

    @classmethod
    def of(cls, variables: Mapping[str, tf.Variable], arrays: Arrays) -> Fit:
        """Compare every name and shape."""
        both = [name for name in variables if name in arrays]
        shapes = {n: (tuple(arrays[n].shape), tuple(variables[n].shape)) for n in both}
        return cls(
            fitting=[name for name in both if shapes[name][0] == shapes[name][1]],
            missing=[name for name in variables if name not in arrays],
            left_over=[name for name in arrays if name not in variables],
            misshapen={name: pair for name, pair in shapes.items() if pair[0] != pair[1]},
        )

    def problems(self, shown: int | None = None) -> str:
        """Return which arrays do not fit, the first of each kind; nothing where all do.

        Args:
            shown: how many of each kind; None: all.
        """
        shapes = [
            f"{name} has shape {received}, the model needs {expected}"
            for name, (received, expected) in self.misshapen.items()
        ]
        missing = [f"{name} is missing" for name in self.missing]
        left_over = [f"{name} is left over" for name in self.left_over]
        return "; ".join(_first(kind, shown) for kind in (shapes, missing, left_over) if kind)


def _first(problems: list[str], shown: int | None) -> str:
    more = len(problems) - (len(problems) if shown is None else shown)
    return "; ".join(problems[:shown]) + (f" and {more} more like it" if more > 0 else "")


def assign_weights(
    variables: Mapping[str, tf.Variable],
    arrays: Arrays,
    origin: object,
    advice: str = "",
    shown: int | None = SHOWN,
) -> None:
    """Give every variable the array of its name.

    Args:
        origin: names the arrays in messages.
        advice: what to do where they do not fit.
        shown: how many arrays of each kind a message names; None: all.

    Raises:
        CheckpointError: an array is missing, left over, or has another shape; the first of each
            kind are named, and no variable is changed.
    """
    problems = Fit.of(variables, arrays).problems(shown)
    if problems:
        advice = advice or "Use the architecture, backbone and options with which it was trained"
        raise CheckpointError(
            f"{origin} does not fit this model, which has {len(variables)} arrays: {problems}. "
            f"{advice}"
        )
    for name, variable in variables.items():
        variable.assign(arrays[name])


def give_backbone(model: Model, arrays: Arrays, origin: object) -> None:
    """Give a model's backbone all of its weights, and nothing else.

    A backbone that goes on to a larger stride has further layers, as after pretraining: those that
    come after the model's last one in the same list of layers are left out.

    Args:
        arrays: of a whole model, or of a backbone alone, with or without `backbone/` before their
            names.
        origin: names the arrays in messages.

    Raises:
        CheckpointError: an array is missing, left over, not of numbers or of another shape; all are
            listed, and no variable is changed.
    """
    variables = {n: v for n, v in named_weights(model).items() if n.startswith(BACKBONE)}
    if not variables:
        raise CheckpointError(f"{type(model).__name__} has no backbone to load {origin} into")
    if any(name.startswith(BACKBONE) for name in arrays):
        arrays = {name: array for name, array in arrays.items() if name.startswith(BACKBONE)}
    else:
        arrays = {BACKBONE + name: array for name, array in arrays.items()}
    arrays = {name: array for name, array in arrays.items() if not _is_deeper(name, variables)}
    check_numbers(arrays, f"the backbone in {origin}")
    advice = "Backbone weights are those of the same backbone and width (model.backbone_width)"
    assign_weights(variables, arrays, f"the backbone in {origin}", advice, shown=None)


def _is_deeper(name: str, variables: Mapping[str, tf.Variable]) -> bool:
    """Say whether an array's layer comes after all layers of the same list that have variables."""
    found = _IN_LIST.match(name)
    places = [_IN_LIST.match(variable) for variable in variables]
    beside = [int(place[2]) for place in places if place and found and place[1] == found[1]]
    return found is not None and bool(beside) and int(found[2]) > max(beside)
