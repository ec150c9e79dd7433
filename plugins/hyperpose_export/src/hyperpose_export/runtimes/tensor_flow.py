"""TensorFlow: SavedModels by their signature, frozen graphs by the names of their nodes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from hyperpose_core.cli.quiet import load_tensorflow
from hyperpose_export.contracts import IMAGES
from hyperpose_export.loading import opener
from hyperpose_export.runtimes.operations import check_graph, check_saved_model


class TensorFlow:
    """See `contracts.Runner`."""

    def __init__(self, file: Path, outputs: Sequence[str]) -> None:
        load_tensorflow()
        import tensorflow as tf

        if file.is_dir():
            check_saved_model(file)
            self.loaded = tf.saved_model.load(str(file))
            self.function = self.loaded.signatures["serving_default"]
        else:
            self.function = _pruned(file, outputs)
        self.constant = tf.constant

    def __call__(self, images: NDArray[Any]) -> dict[str, NDArray[Any]]:
        found = self.function(**{IMAGES: self.constant(images)})
        return {name: value.numpy() for name, value in found.items()}


def _pruned(file: Path, outputs: Sequence[str]) -> Any:
    """Return a frozen graph as a function from its input to its outputs."""
    import tensorflow as tf

    graph = tf.compat.v1.GraphDef.FromString(file.read_bytes())
    check_graph(file, graph)
    whole = tf.compat.v1.wrap_function(
        lambda: tf.graph_util.import_graph_def(graph, name=""), signature=[]
    )
    named = {name: whole.graph.get_tensor_by_name(f"{name}:0") for name in outputs}
    pruned = whole.prune(whole.graph.get_tensor_by_name(f"{IMAGES}:0"), named)

    def function(images: tf.Tensor) -> dict[str, tf.Tensor]:
        found: dict[str, tf.Tensor] = pruned(images)
        return found

    return function


open_file = opener(TensorFlow, "tensorflow")
