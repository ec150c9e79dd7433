"""What one of several workers of a collective engine finds; see `workers`."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import tensorflow as tf

from hyperpose_core.errors import PluginError
from hyperpose_core.plugins import discover
from hyperpose_core.registry import Registry
from hyperpose_core.specs import load_target
from hyperpose_plugintools.kit.workers import MISSING

STARTER = "hyperpose_parallel"
"""Who starts engines, and tells them what the workers are."""


def found(engine: Any) -> dict[str, Any]:
    """Call every method, in the same order on all workers, and return what they gave."""
    rank = engine.rank
    vector = tf.constant([rank + 0.1, 10.0, -3.5 * rank])
    pair = tf.function(engine.pair_mean)
    return {
        "name": engine.name,
        "rank": rank,
        "size": engine.size,
        "mean": tf.function(engine.mean)(vector).numpy().tolist(),
        "pair": pair(vector, tf.constant(1 - rank, tf.int32)).numpy().tolist(),
        "alone": pair(vector, tf.constant(rank, tf.int32)).numpy().tolist(),
        "broadcast": engine.broadcast(tf.constant([7 + rank, 1], tf.int32)).numpy().tolist(),
        "gathered": engine.gather(tf.constant([rank, 5], tf.int32)).numpy().tolist(),
    }


def main(name: str, config: str, target: str) -> None:
    """Start the engine, before anything else, and write what was found."""
    del config
    if find_spec(STARTER) is None:
        result = {MISSING: "hyperpose-parallel, which starts engines, is not installed"}
    else:
        cluster = load_target(f"{STARTER}.cluster:Cluster").from_environment()
        try:
            result = found(Registry(discover()).load("collective_engine", name)(cluster))
        except PluginError as error:
            result = {MISSING: str(error)}
    Path(target).write_text(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
