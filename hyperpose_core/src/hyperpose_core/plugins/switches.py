"""The environment variables that switch plugins on and off."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from hyperpose_core.errors import InputError
from hyperpose_core.support.names import normalize

ONLY, DISABLED = "HYPERPOSE_PLUGINS", "HYPERPOSE_DISABLED_PLUGINS"
_ON = ("1", "true", "yes", "on")
_OFF = ("", "0", "false", "no", "off")


@dataclass(frozen=True)
class Switches:
    """Which plugins are looked at.

    Plugins are named by entry point (`coco`) or by distribution (`hyperpose-coco`), separated by
    commas or blanks.

    Args:
        only: HYPERPOSE_PLUGINS: these and the core's own; empty: all.
        disabled: HYPERPOSE_DISABLED_PLUGINS: not these, whatever `only` says.
        strict: HYPERPOSE_STRICT_PLUGINS: a plugin that cannot be used stops the program.
    """

    only: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()
    strict: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Switches:
        """Read the switches; InputError where HYPERPOSE_STRICT_PLUGINS is neither on nor off."""
        return cls(
            only=_names(environment.get(ONLY, "")),
            disabled=_names(environment.get(DISABLED, "")),
            strict=_flag("HYPERPOSE_STRICT_PLUGINS", environment),
        )

    def forbids(self, plugin: str, distribution: str) -> str:
        """Return the variable that keeps a plugin from being looked at; empty where none does."""
        names = {normalize(plugin), normalize(distribution)}
        if names & self.disabled:
            return DISABLED
        used = not self.only or names & self.only or normalize(plugin) == "core"
        return "" if used else ONLY


def _names(text: str) -> frozenset[str]:
    return frozenset(normalize(name) for name in re.split(r"[,\s]+", text) if name)


def _flag(name: str, environment: Mapping[str, str]) -> bool:
    value = environment.get(name, "").strip().lower()
    if value not in _ON + _OFF:
        raise InputError(f"{name} is {value!r}: set it to 1 (on) or 0 (off)")
    return value in _ON
