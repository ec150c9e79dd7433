"""The importer of files that TensorLayer wrote: of a model of this library, or of the one of 2021.

TensorLayer writes weights as a pickled list, `params`, or under the names of its variables, which
count up. Both only have an order. So a file is read against the layouts that the model could have
been written in, and only where every shape (and of names, every kind) agrees from the first array
to the last.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from hyperpose_core.build.weights import load_weights, named_weights
from hyperpose_core.contracts import Model, ReadWeights
from hyperpose_core.errors import CheckpointError
from hyperpose_weights.importing.layout import Layout, Shape, Slot
from hyperpose_weights.importing.library_2021 import layouts_of_2021
from hyperpose_weights.importing.npz import array_names, read_pickled_list

PARAMS = "params"


class TensorLayerFiles:
    """Reads lists and dictionaries that TensorLayer's `save_weights` wrote."""

    def recognizes(self, path: Path) -> bool:
        """Say whether the names are those of a list, or of TensorFlow's variables."""
        names = array_names(path)
        return names == [PARAMS] or (bool(names) and all(n.endswith(":0") for n in names))

    def settings(self, path: Path) -> Mapping[str, Any]:
        """Return none: the file does not say of what model it is."""
        return {}

    def read(self, path: Path, model: Model, trust_pickle: bool = False) -> ReadWeights:
        """Return the arrays by the layout that the whole file agrees with."""
        if array_names(path) == [PARAMS]:
            names, arrays = None, read_pickled_list(path, PARAMS, trust_pickle)
        else:
            named = load_weights(path)
            names, arrays = list(named), list(named.values())
        layouts = [own_layout(model), *layouts_of_2021(model, once=names is not None)]
        fitting = [layout for layout in layouts if _agrees(layout.slots, names, arrays)]
        if not fitting:
            raise CheckpointError(_disagreement(path, layouts, arrays))
        return fitting[0].fill(arrays)


importer = TensorLayerFiles()


def own_layout(model: Model) -> Layout:
    """Return the order in which TensorLayer writes a model of this library."""
    names = {id(variable): name for name, variable in named_weights(model).items()}
    weights = [(names[id(w)], tuple(w.shape)) for w in model.all_weights]
    return Layout("this library's model", [Slot(name, shape, name) for name, shape in weights])


def _agrees(slots: Sequence[Slot], names: list[str] | None, arrays: list[NDArray[Any]]) -> bool:
    if [slot.shape for slot in slots] != [array.shape for array in arrays]:
        return False
    kinds = [slot.label.rpartition("/")[2] for slot in slots]
    return names is None or kinds == [n.rpartition("/")[2].removesuffix(":0") for n in names]


def _disagreement(path: Path, layouts: Sequence[Layout], arrays: list[NDArray[Any]]) -> str:
    """Return where the file and the layout that is nearest to it differ, array by array."""
    shapes = [array.shape for array in arrays]
    layout = max(layouts, key=lambda each: _matcher(each, shapes).ratio())
    differ = [
        text
        for tag, i, j, m, n in _matcher(layout, shapes).get_opcodes()
        if tag != "equal"
        for text in (
            *(f"{slot.label} {slot.shape} is missing" for slot in layout.slots[i:j]),
            *(f"array {k} of the file, {shapes[k]}, is left over" for k in range(m, n)),
        )
    ]
    return (
        f"the file {path} has {len(arrays)} arrays that are told apart by their order only, and "
        f"they are not those of {layout.name}, which has {len(layout.slots)}: "
        f"{'; '.join(differ) or 'their kinds differ'}. Choose the architecture and backbone that "
        f"the file is for"
    )


def _matcher(layout: Layout, shapes: list[Shape]) -> difflib.SequenceMatcher[Shape]:
    return difflib.SequenceMatcher(None, [slot.shape for slot in layout.slots], shapes, False)
