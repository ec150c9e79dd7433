"""What exporters are given, and what runtimes give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

IMAGES = "images"
"""The name of the one input of every exported file."""


@dataclass(frozen=True)
class Options:
    """What a file is to be like.

    Args:
        precision: `float32`, `float16` or `int8`.
        with_input: images come as uint8 from 0 to 255, and not as float32 from 0 to 1.
        with_peaks: the family's peaks come out beside its maps.
    """

    precision: str = "float32"
    with_input: bool = False
    with_peaks: bool = False


class Function(Protocol):
    """Traces a network; see `Graph.function`."""

    def __call__(self, precision: str, single_ops: bool = False) -> Any: ...


@dataclass(frozen=True)
class Graph:
    """A trained network as TensorFlow's functions, with its weights as constants.

    Args:
        function: called with a precision in which convolutions are computed, `float32` or
            `float16`, it returns a `tf.function` from `images`, RGB `[N, H, W, 3]` of any N, H
            and W, to a table of outputs by name. With True besides, dilated convolutions are
            single ops, which converters fuse better, and TensorFlow cannot run everywhere.
        maps: name to number of channels, of the family's maps in their order.
        outputs: the names of all outputs, the maps first.
        options: what was asked for; a format that stores weights in another precision by its own
            means begins from the function of `float32`.
        calibration: inputs of the network, `[1, H, W, 3]` each, to find the ranges of values for
            `int8`.
    """

    function: Function
    maps: Mapping[str, int]
    outputs: tuple[str, ...]
    options: Options
    calibration: Callable[[], Iterator[NDArray[Any]]]


class Exporter(Protocol):
    """Writes a network into a file, or a folder, that is not there yet.

    What it writes has one input, `images`, of any batch and size, and the outputs `Graph.outputs`.
    """

    def __call__(self, graph: Graph, path: Path) -> None: ...


class Runner(Protocol):
    """A file that is open: from images `[N, H, W, 3]`, of the file's own type, to its outputs."""

    def __call__(self, images: NDArray[Any]) -> Mapping[str, NDArray[Any]]: ...


class RunnerFactory(Protocol):
    """Opens an exported file.

    Args of the call:
        outputs: the names of all its outputs.
    """

    def __call__(self, file: Path, outputs: Sequence[str]) -> Runner: ...
