"""How a training ends: what comes of it, and how Ctrl-C or a closed terminal stops it."""

from __future__ import annotations

import signal
import threading
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Any

from hyperpose_core.contracts.events import EndReason
from hyperpose_core.errors import HyperposeError
from hyperpose_core.runs import Run
from hyperpose_training.signals import HANG_UP, stopping_signals


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


class Interrupt:
    """A context in which Ctrl-C, SIGTERM and SIGHUP only set `requested`; a second one stops.

    A second SIGHUP does not: a terminal that is closed sends several. In a thread other than the
    main one, signals stay as they are.
    """

    def __init__(self) -> None:
        self.requested = False
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            for number in stopping_signals():
                self._before[number] = signal.signal(number, self._request)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _request(self, number: int, frame: FrameType | None) -> None:
        if self.requested and number != HANG_UP:
            raise KeyboardInterrupt
        self.requested = True
