"""How a training ends: what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hyperpose_core.contracts.events import EndReason
from hyperpose_core.errors import HyperposeError
from hyperpose_core.runs import Run


class Interrupted(HyperposeError):  # noqa: N818 - it is no error, as KeyboardInterrupt is none
    """The user stopped the training; everything up to then is saved."""


@dataclass(frozen=True)
class TrainResult:
    """What a training did.

    Args:
        run: where it is kept.
        step: how many steps are done.
        losses: means over the last logged steps.
        skipped: image file to how often it could not be used.
        reason: `finished` or `stopped early`.
        verdict: whether the data or the network bounded the speed, in a sentence.
        data_wait: the share of the time that was spent waiting for data.
        best: metric, score and step of the best model; empty where none was evaluated.
        bad_batches: how many batches were left out.
    """

    run: Run
    step: int
    losses: dict[str, float]
    skipped: dict[str, int]
    reason: EndReason = "finished"
    verdict: str = ""
    data_wait: float = 0.0
    best: dict[str, Any] = field(default_factory=dict)
    bad_batches: int = 0

    def lines(self) -> list[str]:
        """Return what is said of it: where it is, and what comes next."""
        return [
            f"trained {self.run.name} to step {self.step}: {self.run.newest_model}",
            f"score it with: hyperpose eval {self.run.words}",
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return what `hyperpose train --json` prints."""
        own = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**own, "run": str(self.run.folder)}
