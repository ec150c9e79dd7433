"""The progress bar of a training: losses, images a second, share of waiting, time left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tqdm import tqdm

from hyperpose_core.contracts.events import EndEvent, EvaluateEvent, StepEvent
from hyperpose_core.support.messages import bar_settings

if TYPE_CHECKING:
    from hyperpose_training.watching.clock import Meter


class ProgressBar:
    """A bar on standard error.

    Args:
        steps: the total, resumed ones included.
        first: how many are done already.
        meter: knows speed and waiting since the last line of the log.
    """

    def __init__(self, steps: int, first: int, meter: Meter, quiet: bool) -> None:
        self._meter = meter
        self._score = ""
        self._bar = tqdm(
            total=steps,
            initial=first,
            desc="train",
            unit="step",
            dynamic_ncols=True,
            bar_format="{desc} {n}/{total} |{bar:20}| {elapsed}<{remaining}{postfix}",
            **bar_settings(quiet),
        )

    def on_step(self, event: StepEvent) -> None:
        """Move on, and show losses and speed."""
        self._bar.set_postfix_str(self._text(event.losses), refresh=False)
        self._bar.update()

    def on_evaluate(self, event: EvaluateEvent) -> None:
        """Show the score from now on."""
        if event.score is not None:
            self._score = f" {event.metric}={event.score:.3f}"

    def on_end(self, event: EndEvent) -> None:
        """Leave the bar as it stands."""
        self._bar.close()

    def _text(self, losses: Mapping[str, float]) -> str:
        shown = " ".join(f"{name}={value:.4f}" for name, value in losses.items())
        speed = f"{self._meter.images_per_second:.1f} images/s"
        return f"{shown}{self._score} {speed}, {100 * self._meter.data_wait:.0f}% waiting for data"
