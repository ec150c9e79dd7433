"""Bars and sizes for the person who waits; standard error, like every message."""

from __future__ import annotations

from tqdm import tqdm

from hyperpose_core.support.messages import bar_settings


def bar(what: str, total: int | None, done: int = 0, *, quiet: bool = False) -> tqdm:
    """Return a bar that counts bytes; use it in a `with` statement."""
    return tqdm(
        desc=what,
        total=total,
        initial=done,
        unit="B",
        unit_scale=True,
        leave=False,
        **bar_settings(quiet),
    )


def amount(size: float) -> str:
    """Return a number of bytes for people: `815.6 MB`."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
