"""Weights: naming a model's variables, saving and loading them by name."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.errors import CheckpointError
from hyperpose_core.files import atomic_path

if TYPE_CHECKING:
    import tensorflow as tf

    from hyperpose_core.contracts import Model

Arrays = Mapping[str, NDArray[Any]]


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
    for name, child in _children(value):
        yield from _walk(child, (*path, name), seen)


def _children(value: Any) -> Iterable[tuple[str, Any]]:
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
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, KeyError) as error:
        raise CheckpointError(f"the weights file {path} cannot be read: {error}") from error


def assign_weights(variables: Mapping[str, tf.Variable], arrays: Arrays, origin: object) -> None:
    """Give every variable the array of its name.

    Raises:
        CheckpointError: an array is missing, left over, or has another shape; all are listed, and
            no variable is changed.
    """
    problems = [
        f"{name} is missing" for name in variables if name not in arrays
    ] + [f"{name} is left over" for name in arrays if name not in variables]
    for name in variables.keys() & arrays.keys():
        expected, received = tuple(variables[name].shape), arrays[name].shape
        if expected != received:
            problems.append(f"{name} has shape {received}, the model needs {expected}")
    if problems:
        shown = "; ".join(sorted(problems)[:10])
        more = f"; and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise CheckpointError(
            f"{origin} does not fit this model, which has {len(variables)} arrays: {shown}{more}. "
            f"Use the architecture, backbone and options with which it was trained"
        )
    for name, variable in variables.items():
        variable.assign(arrays[name])
