"""Which operations a TensorFlow file may have: those that compute, and touch nothing else.

A graph is a program: one of TensorFlow's operations writes a file, others read files, run Python
or ask a server. A network needs none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from hyperpose_core.errors import DataError

_STATE = {
    *("StatefulPartitionedCall", "If", "While", "Case", "Assert", "ReadVariableOp", "VarHandleOp"),
    *("RandomUniform", "RandomUniformInt", "RandomStandardNormal", "TruncatedNormal"),
}
"""Operations that TensorFlow counts among those with a state, and that change nothing outside."""
_OUTSIDE = re.compile(
    r"File|Dataset|Py(Func|Call)|Reader|Summary|Vocab|Debug|CustomCall|XlaLaunch|Recv|Send|Save"
    r"|Restore|Shard|Table|Print"
)
"""In the names of operations without a state that reach outside all the same."""
_OBJECTS = {
    *("user_object", "function", "bare_concrete_function", "constant", "variable"),
    "captured_tensor",
}
"""What a SavedModel may be made of; assets and resources are opened while it is loaded."""


def check_graph(file: Path, graph: Any) -> None:
    """Check a frozen graph.

    Raises:
        DataError: it has an operation that a network does not need; it is named.
    """
    functions = {f.signature.name: f.node_def for f in graph.library.function}
    nodes = [graph.node, *functions.values()]
    _check(file, (node.op for part in nodes for node in part), functions)


def check_saved_model(folder: Path) -> None:
    """Check all that loading a SavedModel and calling it can run.

    The functions that save and restore it are not among that.

    Raises:
        DataError: it is damaged, or no SavedModel of TensorFlow 2; or as `check_graph`.
    """
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    saved = SavedModel()
    try:
        saved.ParseFromString((folder / "saved_model.pb").read_bytes())
        (whole,) = saved.meta_graphs
    except Exception as error:
        raise DataError(f"{folder} is no SavedModel, or a damaged one: {error}") from error
    kinds = {node.WhichOneof("kind") for node in whole.object_graph_def.nodes}
    if not kinds or kinds - _OBJECTS:
        other = ", ".join(sorted(map(str, kinds - _OBJECTS))) or "nothing"
        raise DataError(f"{folder} is made of {other}, which no export is: it is not opened")
    functions = {f.signature.name: f.node_def for f in whole.graph_def.library.function}
    called = _reached(whole.object_graph_def.concrete_functions, functions)
    _check(folder, (node.op for name in called for node in functions[name]), functions)


def _reached(names: Iterable[str], functions: dict[str, Any]) -> set[str]:
    """Return the functions that some functions call, and these themselves."""
    waiting, found = [name for name in names if name in functions], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            calls = (call for node in functions[name] for call in _calls(node))
            waiting += [call for call in calls if call in functions]
    return found


def _calls(node: Any) -> Iterator[str]:
    yield node.op
    for value in node.attr.values():
        yield value.func.name
        yield from (function.name for function in value.list.func)


def _check(file: Path, operations: Iterable[str], functions: dict[str, Any]) -> None:
    from tensorflow.python.framework import op_def_registry

    for name in sorted(set(operations) - functions.keys() - _STATE):
        known = op_def_registry.get(name)
        if known is None or known.is_stateful or _OUTSIDE.search(name):
            raise DataError(
                f"{file} has the operation {name:.80}, which a network does not need, and which "
                f"may touch what is outside of it: it is not opened"
            )
