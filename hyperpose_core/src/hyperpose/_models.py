"""Models with the attributes of 2021, and with inputs in either layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hyperpose._parts import parts_of
from hyperpose_core.build import completed
from hyperpose_core.build.skeleton import model_spec, model_stride
from hyperpose_core.build.weights import (
    assign_weights,
    check_numbers,
    load_weights,
    named_weights,
    save_weights,
)
from hyperpose_core.config import Config
from hyperpose_core.contracts import Model
from hyperpose_core.errors import ConfigError
from hyperpose_core.registry import Registry
from hyperpose_core.skeletons import Skeleton

FORMATS = ("npz_dict", "npz")


def as_in_2021(model: Model, config: Config, registry: Registry) -> Model:
    """Give a model what scripts of 2021 ask it for, in place, unless it has it already.

    `parts`, an `Enum`; `limbs`, pairs of indices; `colors`, RGB; `hin`, `win`, height and width of
    the input, and `hout`, `wout`, of the maps, in pixels and cells; `n_pos`, `n_limbs`;
    `data_format`. A model of ours also takes images of the other layout and then gives maps in it,
    and reads and writes weights as runs have them.
    """
    given = config
    config = completed(config, registry)
    spec, skeleton = model_spec(config.model.type, registry), config.model.skeleton
    assert isinstance(skeleton, Skeleton)  # `completed` found it
    stride, (width, height) = model_stride(config.model, registry), config.model.size
    parts = parts_of(skeleton, background=spec.family == "openpose")
    attributes: dict[str, Any] = {
        "parts": parts,
        "limbs": list(skeleton.limbs),
        "colors": [list(color) for color in skeleton.colors],
        **{"hin": height, "win": width},
        **{"hout": height // stride, "wout": width // stride},
        **{"n_pos": len(parts), "n_limbs": len(skeleton.limbs)},
        "data_format": config.model.data_format,
    }
    for name, value in attributes.items():
        if not hasattr(model, name):
            setattr(model, name, value)
    if given.model.arch is None:
        methods = {
            "forward": _in_either_layout(model.forward, config.model.data_format),
            "load_weights": lambda filepath, **settings: _load(model, filepath, **settings),
            "save_weights": lambda filepath, **settings: _save(model, filepath, **settings),
        }
        vars(model).update(methods)
    return model


def _in_either_layout(
    forward: Callable[..., tuple[Any, ...]], data_format: str
) -> Callable[..., tuple[Any, ...]]:
    """Return a model's `forward` for images of its own layout and of the other."""
    own, other = (1, 3) if data_format == "channels_first" else (3, 1)

    def run(x: Any, is_train: bool = False) -> tuple[Any, ...]:
        import tensorflow as tf

        if x.shape[other] != 3 or x.shape[own] == 3:
            return forward(x, is_train=is_train)
        there, back = ((0, 2, 3, 1), (0, 3, 1, 2)) if own == 3 else ((0, 3, 1, 2), (0, 2, 3, 1))
        outputs = forward(tf.transpose(x, there), is_train=is_train)
        turned: tuple[Any, ...] = tf.nest.map_structure(
            lambda output: tf.transpose(output, back), outputs
        )
        return turned

    return run


def _load(model: Model, filepath: str | Path, format: str | None = None, **_: Any) -> None:
    """Set a model's weights to those of a file, `newest_model.npz` of a run.

    Raises:
        CheckpointError: there is no such file, or it does not fit; no weight is changed.
        ConfigError: another format.
    """
    _check(format)
    arrays = load_weights(filepath)
    check_numbers(arrays, f"the file {filepath}")
    advice = "Weights of the 2021 library itself are read by `hyperpose import-weights`"
    assign_weights(named_weights(model), arrays, f"the file {filepath}", advice)


def _save(model: Model, filepath: str | Path, format: str | None = None) -> None:
    """Write a model's weights as runs have them, name -> array."""
    _check(format)
    arrays = {name: variable.numpy() for name, variable in named_weights(model).items()}
    save_weights(filepath, arrays)


def _check(wanted: str | None) -> None:
    if wanted is not None and wanted not in FORMATS:
        raise ConfigError(
            f"weights are files of arrays by name, format='npz_dict'; got {wanted!r}: "
            f"`hyperpose import-weights` reads others"
        )
