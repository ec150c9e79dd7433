"""What every backbone needs: checking the stride it is asked for, and scaling its channels."""

from __future__ import annotations

from collections.abc import Sequence

from hyperpose_core.errors import InputError


def check_stride(backbone: str, stride: int, allowed: Sequence[int]) -> None:
    """Raise InputError for a stride at which the backbone cannot stop."""
    if stride not in allowed:
        raise InputError(
            f"backbone {backbone} cannot stop at stride {stride}; "
            f"it stops at {' or '.join(map(str, allowed))}"
        )


def scale_channels(channels: int, width: float) -> int:
    """Multiply a number of channels by a width, to a multiple of 8 and at least 8."""
    return max(8, round(channels * width / 8) * 8)
