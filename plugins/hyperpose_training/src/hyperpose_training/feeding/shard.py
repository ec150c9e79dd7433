"""Shards: which positions of the training's order one of several workers sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shard:
    """One worker's part of the order.

    The order is cut into blocks of `size * block` positions from `start` on, and every block into
    one slice of `block` positions for each worker. So the workers' parts are disjoint, and all of
    them together see in a step what one worker sees that takes `size` times as many images. An
    image that cannot be read is left out by the worker that meets it, which then is ahead of the
    others in its own part.

    Args:
        block: images of one step of one worker.
        start: the position at which these workers began.
        done: how many of its own positions the worker has gone through.
    """

    rank: int = 0
    size: int = 1
    block: int = 1
    start: int = 0
    done: int = 0

    def position(self, own: Any) -> Any:
        """Return the position in the training's order of a number in the worker's own order.

        Args:
            own: an integer, or an int64 tensor; so is what is returned.
        """
        block, inside = own // self.block, own % self.block
        first = self.start + self.rank * self.block
        return block * (self.size * self.block) + inside + first

    def own(self, position: int) -> int:
        """Return the number in the worker's own order of a position that is the worker's."""
        block, inside = divmod(position - self.start, self.size * self.block)
        return block * self.block + inside - self.rank * self.block

    @property
    def next_block(self) -> int:
        """The position from which on the worker has seen nothing of any block."""
        blocks = -(-self.done // self.block)
        return self.start + blocks * self.size * self.block


def to_record(shards: Sequence[Shard]) -> dict[str, Any]:
    """Return what a checkpoint holds of the workers' places, as plain data.

    `position` is where any other workers go on: nothing from there on was seen. It may leave out a
    few images, where a worker is ahead of the others because of images that cannot be read.
    """
    first = shards[0]
    return {
        "position": max(position_of(shard) for shard in shards),
        "workers": {"block": first.block, "start": first.start, "done": [s.done for s in shards]},
    }


def position_of(shard: Shard) -> int:
    """Return from which position on a worker has seen nothing; exact where it is the only one."""
    return shard.position(shard.done) if shard.size == 1 else shard.next_block


def from_record(record: dict[str, Any], rank: int, size: int, block: int) -> Shard:
    """Return where a worker goes on.

    The same number of workers with the same batch size go on exactly where they were; any others
    begin new blocks at the record's position.
    """
    workers = record.get("workers") or {}
    done = workers.get("done", [])
    if len(done) == size and workers["block"] == block:
        return Shard(rank, size, block, workers["start"], done[rank])
    return Shard(rank, size, block, record["position"])
