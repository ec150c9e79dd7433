"""Sigmas of the OKS metric as users give them: numbers, a table by keypoint, or a TOML file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_core.skeletons.table import read_skeleton, sigmas


def with_sigmas(skeleton: Skeleton, given: Any) -> tuple[Skeleton, str]:
    """Return the skeleton with the given sigmas, or with its own, and where they come from.

    Args:
        given: None; K numbers, or a table of them by keypoint; text: a TOML file that
            `skeletons.table.read_skeleton` reads, or numbers with commas between them.

    Raises:
        ConfigError: they cannot be read, or do not fit the skeleton.
    """
    if given is None:
        return skeleton, f"of the skeleton {skeleton.name}" if skeleton.sigmas else "none"
    if isinstance(given, str) and given.endswith(".toml"):
        return replace(skeleton, sigmas=_from_file(given, skeleton)), f"from {given}"
    try:
        numbers = _numbers(given) if isinstance(given, str) else given
        return replace(skeleton, sigmas=sigmas(numbers, skeleton.keypoints)), "given"
    except ConfigError as error:
        raise ConfigError(
            f"{error}. Got {given!r:.80}: give a TOML file, or {len(skeleton)} numbers with commas "
            f"between them"
        ) from error


def _numbers(text: str) -> list[float]:
    try:
        return [float(number) for number in text.split(",")]
    except ValueError as error:
        raise ConfigError(f"sigmas: {error}") from error


def _from_file(path: str, skeleton: Skeleton) -> tuple[float, ...]:
    own = read_skeleton(path)
    if own.keypoints != skeleton.keypoints:
        raise ConfigError(
            f"{path} is for other keypoints than {skeleton.name}: {', '.join(own.keypoints)}; "
            f"instead of {', '.join(skeleton.keypoints)}"
        )
    if not own.sigmas:
        raise ConfigError(f"{path} has no sigmas: hyperpose estimate-sigmas measures them")
    return own.sigmas
