"""Counts in sentences: one person, two people."""

from __future__ import annotations


def counted(count: int, one: str, many: str) -> str:
    """Return a count with what is counted: `1 person`, `2 people`."""
    return f"{count} {one if count == 1 else many}"
