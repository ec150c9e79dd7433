"""What files of videos end with."""

from __future__ import annotations

from pathlib import Path

VIDEO_ENDINGS = (
    *(".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv"),
    *(".ts", ".mts", ".m2ts", ".3gp"),
)
"""In small letters."""


def is_video(path: Path) -> bool:
    """Say whether a file is a video, by its ending."""
    return path.suffix.lower() in VIDEO_ENDINGS
