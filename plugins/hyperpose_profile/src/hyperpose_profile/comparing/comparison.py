"""The comparison of several models, in numbers: each by itself, and against the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from hyperpose_core.data.humans import Human
from hyperpose_core.evaluation.text import plain
from hyperpose_export.parity import Parity
from hyperpose_profile.clock import WARM_UP, Clock, Spread, as_seconds

PARTS = ("preprocessing", "network", "decoding")
WHOLE = "whole"
"""All parts of an image together."""


@dataclass
class Side:
    """One of the models that are compared.

    Args:
        clock: seconds by part; a round is an image.
        humans: image id to the people that it finds, in the dataset's skeleton.
        metrics: the dataset's official numbers.
    """

    name: str
    origin: str
    model: str
    runtime: str
    precision: str
    input_size: tuple[int, int]
    fit: str
    clock: Clock = field(default_factory=Clock)
    humans: dict[int | str, list[Human]] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)

    @property
    def rounds(self) -> list[dict[str, float]]:
        """Seconds by part and of the whole, of each image that counts."""
        return [{**one, WHOLE: sum(one.values())} for one in self.clock.rounds]

    @property
    def times(self) -> dict[str, Spread]:
        """The spread of each part, and of the whole."""
        return {part: Spread.of([one[part] for one in self.rounds]) for part in (*PARTS, WHOLE)}

    @property
    def people(self) -> int:
        """How many people it finds."""
        return sum(map(len, self.humans.values()))


@dataclass(frozen=True)
class Against:
    """One model against the first.

    Args:
        faster: by part how many times as fast, the spread over all images of the first one's time
            by this one's on the same image.
        differences: of the metrics, this one's less the first one's.
        people: who is found by both.
    """

    faster: dict[str, Spread]
    differences: dict[str, float]
    people: Parity

    @classmethod
    def of(cls, first: Side, other: Side) -> Against:
        """Compare two."""
        pairs = list(zip(first.rounds, other.rounds, strict=True))
        people = Parity(runtime=other.runtime, source=first.name, images=len(first.humans))
        for image_id, humans in first.humans.items():
            people.add_people(humans, other.humans[image_id])
        return cls(
            faster={p: Spread.of([a[p] / b[p] for a, b in pairs]) for p in (*PARTS, WHOLE)},
            differences={
                name: other.metrics[name] - value
                for name, value in first.metrics.items()
                if name in other.metrics
            },
            people=people,
        )


@dataclass(frozen=True)
class Comparison:
    """Several models on the same images.

    Args:
        protocol: what the metrics were measured on, and how; of the first.
        images: how many.
        repeat: how often each went through each model.
        unreadable: images that could not be read: nobody is found there, and no time was taken.
    """

    sides: list[Side]
    protocol: Mapping[str, Any]
    images: int
    repeat: int
    unreadable: list[str]

    @property
    def against(self) -> list[Against]:
        """All but the first against it."""
        first, *others = self.sides
        return [Against.of(first, other) for other in others]

    def to_dict(self) -> dict[str, Any]:
        """Return what `hyperpose compare --json` prints."""
        first = self.sides[0].name
        compared = self.against
        sides = []
        for number, side in enumerate(self.sides):
            one: dict[str, Any] = {
                **{n: getattr(side, n) for n in ("name", "origin", "model", "runtime")},
                "precision": side.precision,
                "input_size": list(side.input_size),
                "fit": side.fit,
                "metrics": side.metrics,
                "people": side.people,
                "seconds": as_seconds(side.times),
            }
            if number:
                other = compared[number - 1]
                people = asdict(other.people)
                names = ("people", "found", "matched", "keypoints", "near")
                one["against_first"] = {
                    "first": first,
                    "times_as_fast": as_seconds(other.faster),
                    "differences": other.differences,
                    "people": {name: people[name] for name in names},
                }
            sides.append(one)
        whole: dict[str, Any] = plain(
            {
                "images": self.images,
                "repeat": self.repeat,
                "warm_up": WARM_UP,
                "spread": "median and quartiles over images",
                "protocol": dict(self.protocol),
                "unreadable": self.unreadable,
                "models": sides,
            }
        )
        return whole
