"""What the API of 2021 takes from other distributions, when it is asked for."""

from __future__ import annotations

from typing import Any

from hyperpose_core.errors import PluginError
from hyperpose_core.specs import load_target


def needed(target: str, asked: str) -> Any:
    """Import a target of another distribution and return it.

    Args:
        asked: what needs it, for the message.

    Raises:
        PluginError: the distribution is not installed.
    """
    package = target.partition(".")[0]
    try:
        return load_target(target)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != package:
            raise
        distribution = package.replace("_", "-")
        raise PluginError(f"{asked} needs {distribution}: pip install {distribution}") from error
