"""Custom: the user's own classes of a configuration, which the core does not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hyperpose_core.config import Config

KINDS = ("augmentor", "preprocessor", "postprocessor", "visualizer")
_ATTRIBUTE = "_own_classes"


def remember(config: Config, classes: Mapping[str, Any]) -> None:
    """Keep the user's classes, by kind, with a configuration; they are no settings."""
    object.__setattr__(config, _ATTRIBUTE, dict(classes))


def own_classes(config: Config) -> dict[str, Any]:
    """Return what `remember` kept; nothing for a configuration that was made otherwise."""
    return dict(getattr(config, _ATTRIBUTE, {}))
