"""The graph that is exported: a model's forward function with names, as constants."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf
from numpy.typing import NDArray

from hyperpose_core.config import Config
from hyperpose_core.contracts import Model
from hyperpose_core.errors import InputError
from hyperpose_core.families import Family
from hyperpose_core.inference.forward import trace_forward
from hyperpose_export import dilations
from hyperpose_export.contracts import IMAGES, Graph, Options


def graph_of(
    model: Model,
    family: Family,
    config: Config,
    options: Options,
    calibration: Callable[[], Iterator[NDArray[Any]]],
) -> Graph:
    """Return a model with its weights as what exporters write.

    Raises:
        InputError: peaks are wanted of a family that finds none in a graph.
    """
    find_peaks = getattr(family.postprocessor, "peaks_in_graph", None)
    if options.with_peaks and find_peaks is None:
        raise InputError(
            f"models of the family {family.name} have no peak finding that could go into a graph: "
            f"leave out --with-peaks"
        )

    @functools.cache
    def traced(precision: str, single_ops: bool) -> Any:
        with dilations.single_ops() if single_ops else contextlib.nullcontext():
            return _frozen(trace_forward(model, config.model.data_format, precision))

    names = map_names(family, len(traced("float32", False).outputs))
    dtype = tf.uint8 if options.with_input else tf.float32
    signature = [tf.TensorSpec([None, None, None, 3], dtype, name=IMAGES)]

    @functools.cache
    def function(precision: str, single_ops: bool = False) -> Any:
        forward = traced(precision, single_ops)

        @tf.function(input_signature=signature, autograph=False)
        def named(images: tf.Tensor) -> dict[str, tf.Tensor]:
            scaled = tf.cast(images, tf.float32) / 255.0 if options.with_input else images
            maps = forward(scaled)
            found = dict(zip(names, maps, strict=True))
            if find_peaks is not None and options.with_peaks:
                found |= find_peaks(maps)
            return {name: tf.identity(value, name=name) for name, value in found.items()}

        return named

    outputs = function("float32").get_concrete_function().structured_outputs
    more = tuple(name for name in outputs if name not in names)
    maps = {name: int(outputs[name].shape[-1]) for name in names}
    return Graph(function, maps, (*names, *more), options, calibration)


def map_names(family: Family, count: int) -> tuple[str, ...]:
    """Return the names of a family's maps in the order of `Model.forward`.

    Those that its postprocessor says (`map_names`); or its preprocessor, where they name each map
    once; else numbers.
    """
    for processor in (family.postprocessor, family.preprocessor):
        names = tuple(getattr(processor, "map_names", ()))
        if len(names) == count == len(set(names)) and IMAGES not in names:
            return names
    return tuple(f"map_{number}" for number in range(count))


def _frozen(function: Any) -> Any:
    """Return a function with its variables as constants."""
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    return convert_variables_to_constants_v2(function.get_concrete_function())
