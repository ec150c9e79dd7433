"""Saving: a checkpoint of what all workers have, which worker 0 writes."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hyperpose_core.contracts.training import Replicas, Stacks
from hyperpose_training.feeding.shard import Shard, to_record
from hyperpose_training.keeping.checkpoint import Progress, save_checkpoint

if TYPE_CHECKING:
    from hyperpose_training.scoring.selection import Best
    from hyperpose_training.setup import Setup


class Saver:
    """Writes the checkpoints of a training. All workers call the same methods."""

    def __init__(self, built: Setup) -> None:
        self.run, self.state, self.strategy = built.run, built.state, built.strategy
        self.guard, self.batches = built.guard, built.batches

    @contextlib.contextmanager
    def as_one(self) -> Iterator[Stacks]:
        """Let all workers have the same weights and statistics inside; yield what each has."""
        if not self.strategy.replicas_differ:
            self.strategy.average(self.state.local_variables)
            yield {}
            return
        with cast(Replicas, self.strategy).merged(self.state.variables) as replicas:
            yield replicas

    def save(
        self, progress: Progress, best: Best, more: Mapping[str, Any]
    ) -> tuple[Progress, Path | None]:
        """Write a checkpoint of where the training is.

        Args:
            more: what the loop remembers besides, plain data.

        Returns:
            what the checkpoint says of that; its path on worker 0, None on the others.

        Raises:
            NotFiniteError: a weight is not finite; nothing is written.
        """
        self.guard.check_variables(progress.step)
        progress = self._whole(progress, best, more)
        with self.as_one() as replicas:
            if self.strategy.rank > 0:
                return progress, None
            return progress, save_checkpoint(self.run, self.state, progress, replicas)

    def _whole(self, progress: Progress, best: Best, more: Mapping[str, Any]) -> Progress:
        """Return the progress with what all workers have to remember."""
        own = json.dumps(asdict(self.batches.shard)).encode()
        shards = [Shard(**json.loads(theirs)) for theirs in self.strategy.gather(own)]
        kept = {
            **more,
            "best": best.to_dict(),
            "bad_batches": self.guard.skipped,
            **to_record(shards),
        }
        return replace(progress, position=kept["position"], kept=kept)
