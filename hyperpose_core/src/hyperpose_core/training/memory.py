"""Memory: how much this process has taken at most."""

from __future__ import annotations

import sys

import tensorflow as tf


def peak_memory() -> int | None:
    """Return the largest size in bytes that the process had in main memory; None where unknown."""
    try:
        import resource
    except ImportError:
        return None
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else 1024 * largest


def peak_gpu_memory() -> dict[str, int]:
    """Return the largest number of bytes that TensorFlow used on each GPU, by its name."""
    found = {}
    for device in tf.config.list_logical_devices("GPU"):
        name = device.name.removeprefix("/device:")
        found[name] = int(tf.config.experimental.get_memory_info(name)["peak"])
    return found
