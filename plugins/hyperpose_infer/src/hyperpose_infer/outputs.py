"""Outputs: where what is found in a frame goes, whatever the frame comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hyperpose_core.data.drawing import Picture
from hyperpose_core.data.humans import Human
from hyperpose_infer.montage import MapPictures
from hyperpose_infer.people import Person
from hyperpose_infer.tracking.following import Following
from hyperpose_infer.writers.json_lines import JsonLines
from hyperpose_infer.writers.results import Results

Tell = Callable[[Path, list[Human], Path], None]
"""Tells plugins of an image or a frame: its file, who was found, and the file with them drawn."""


class Draw(Protocol):
    """Draws people into a picture, in place, and returns it."""

    def __call__(
        self, image: Picture, humans: Sequence[Human], *, numbers: Sequence[int] | None
    ) -> Picture:
        """Draw them; `numbers`, one a person, where they have numbers."""
        ...


@dataclass(frozen=True)
class Wanted:
    """What the user wants.

    Args:
        most: the most people of a frame, the surest; None: all.
        track: number people, and know them again.
        smooth: smooth their keypoints, and track.
        results: the dataset whose form of results is written; None: none.
        strict: a file that cannot be read is an error.
        maps: writes pictures of what the network says of images; None: not wanted.
    """

    draw: Draw
    most: int | None = None
    track: bool = False
    smooth: bool = False
    results: str | None = None
    strict: bool = False
    maps: MapPictures | None = None


@dataclass(frozen=True)
class Outputs:
    """What all sources write.

    Args:
        lines: a line of JSON for each frame.
        results: those of a dataset; None: not wanted.
    """

    wanted: Wanted
    tell: Tell
    lines: JsonLines
    results: Results | None = None

    def following(self) -> Following:
        """Return what follows the people of one source."""
        return Following(self.wanted.track, self.wanted.smooth)

    def people(self, following: Following, humans: Sequence[Human], time: float) -> list[Person]:
        """Return who counts of those that were found in a frame."""
        return following(humans[: self.wanted.most], time)

    def draw(self, picture: Picture, people: Sequence[Person]) -> Picture:
        """Draw people into a picture, in place, and return it."""
        numbers = [person.number for person in people if person.number is not None]
        humans = [person.human for person in people]
        return self.wanted.draw(picture, humans, numbers=numbers or None)

    def write(
        self, frame: dict[str, Any], image_id: int | str, people: Sequence[Person]
    ) -> list[dict[str, Any]]:
        """Write who was found in a frame, and return them as they are in JSON.

        Args:
            frame: which frame it is, for the line.
            image_id: which it is in results.
        """
        found = [person.to_dict() for person in people]
        self.lines.write({**frame, "people": found})
        if self.results is not None:
            self.results.write(image_id, [person.human for person in people])
        return found

    def close(self) -> None:
        """Close the files."""
        self.lines.close()
        if self.results is not None:
            self.results.close()
