"""The profile of a model: what was measured, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hyperpose_profile.clock import WARM_UP, Spread, as_seconds
from hyperpose_profile.profiling.layers import Layer

PARTS = ("reading", "preprocessing", "network", "decoding")


@dataclass
class Profile:
    """What a model costs; all times in seconds, all memory in bytes.

    Args:
        subject: what was measured; `origin` says what that is.
        views: how many an evaluation with its settings averages; one is measured.
        parameters: numbers in all weights, moving statistics included; None where `uncounted` says
            why they, and what follows from the architecture, are not known.
        multiply_adds: of one image.
        activations: most that the maps inside take at a time, as `layers.peak_activations`.
        people: found in the image.
        first: the first call of the network, which traces or prepares it.
        times: of each part; of the network of the whole batch, of the others of one image.
        file_size: of an exported file, or the files in a folder.
        process: size of this process after, and the largest that it had; None where unknown.
        layers: the layers, with --layers.
        layer_times: how their times were had, or why not.
    """

    subject: str
    origin: str
    model: str
    backbone: str | None
    runtime: str
    precision: str
    input_size: tuple[int, int]
    views: int
    batch: int
    repeat: int
    image: str
    people: int
    first: float
    times: dict[str, Spread]
    warm_up: int = WARM_UP
    parameters: int | None = None
    multiply_adds: int | None = None
    activations: int | None = None
    uncounted: str = ""
    file_size: int | None = None
    process: dict[str, int | None] = field(default_factory=dict)
    layers: list[Layer] | None = None
    layer_times: str = ""

    @property
    def whole(self) -> float:
        """The median time of one image: all parts, the network's as of an image of the batch."""
        return sum(
            self.times[part].median / (self.batch if part == "network" else 1)
            for part in PARTS
            if part in self.times
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what `hyperpose profile --json` prints."""
        whole = {"whole": self.whole, "images_per_second": 1 / self.whole}
        values = {name: value for name, value in vars(self).items() if value is not None}
        layers = {"layers": [one.to_dict() for one in self.layers]} if self.layers else {}
        return {**values, "times": as_seconds(self.times), **whole, **layers}
