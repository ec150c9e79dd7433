"""Replicas: the workers' copies of all variables, where they differ by design."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

import numpy as np
import tensorflow as tf

from hyperpose_core.contracts import Strategy
from hyperpose_core.contracts.training import Stacks
from hyperpose_parallel.fused import arrays_of, from_bytes, to_bytes

Variables = Mapping[str, tf.Variable]


@contextlib.contextmanager
def merged(strategy: Strategy, variables: Variables) -> Iterator[Stacks]:
    """Let variables be, inside, the means of the workers' replicas; afterwards each has its own.

    Where the replicas are equal nothing is done. No step may run inside.

    Yields:
        the replicas; nothing where they are equal.
    """
    if not strategy.replicas_differ:
        yield {}
        return
    own = to_bytes(list(variables.values()))
    stacks = _gathered(strategy, variables)
    _to_means(variables, stacks)
    try:
        yield stacks
    finally:
        from_bytes(own, list(variables.values()))


def merge(strategy: Strategy, variables: Variables) -> None:
    """Set variables to the means of the workers' replicas for good, after the last step."""
    if strategy.replicas_differ:
        _to_means(variables, _gathered(strategy, variables))


def spread(strategy: Strategy, stacks: Stacks, variables: Variables) -> None:
    """Give every worker its replica again, where there is one for each of as many workers.

    Args:
        stacks: on worker 0 those of a checkpoint; the others' do not count.
    """
    if not strategy.replicas_differ:
        return
    sizes = {len(stack) for stack in stacks.values()} if variables.keys() == stacks.keys() else {0}
    if int(strategy.gather(str(max(sizes)).encode())[0]) != strategy.size:
        return
    for rank in range(strategy.size):
        mine = strategy.rank == 0
        data = b"".join(stacks[name][rank].tobytes() for name in variables) if mine else b""
        received = strategy.gather(data)[0]
        if rank == strategy.rank:
            from_bytes(received, list(variables.values()))


def _gathered(strategy: Strategy, variables: Variables) -> Stacks:
    own = list(variables.values())
    replicas = [arrays_of(data, own) for data in strategy.gather(to_bytes(own))]
    stacks = (np.stack(arrays) for arrays in zip(*replicas, strict=True))
    return dict(zip(variables, stacks, strict=True))


def _to_means(variables: Variables, stacks: Stacks) -> None:
    """Set floating point variables to their means over replicas; others to worker 0's value."""
    for name, variable in variables.items():
        stack = stacks[name]
        if variable.dtype.is_floating:
            mean = np.mean(stack, axis=0, dtype=np.float64)
            variable.assign(mean.astype(variable.dtype.as_numpy_dtype))
        else:
            variable.assign(stack[0])
