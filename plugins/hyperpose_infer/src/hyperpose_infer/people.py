"""People with the numbers that they keep from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hyperpose_core.data.humans import Human


@dataclass(frozen=True)
class Person:
    """Somebody who was found.

    Args:
        number: which person it is, from 1; None where nobody is tracked.
    """

    human: Human
    number: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and names, as written to JSON."""
        number = {} if self.number is None else {"number": self.number}
        return {**number, **self.human.to_dict()}
