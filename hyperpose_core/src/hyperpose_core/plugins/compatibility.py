"""Whether a plugin was built for this core."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from hyperpose_core.errors import SpecError

CORE = "hyperpose-core"
_OF_CORE = re.compile(r"\s*hyperpose[-_.]+core(?![-_.]*\w)", re.IGNORECASE)
VARIABLE = "hyperpose_core_requires"


def unmet_requirement(requires: Iterable[str], core_version: str) -> str | None:
    """Return what a distribution's requirements say against the core, None where they agree.

    Raises:
        packaging.requirements.InvalidRequirement: one on the core is malformed.
    """
    for requirement in map(Requirement, filter(_OF_CORE.match, requires)):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            text = _unmet(requirement.specifier, core_version)
            if text:
                return text
    return None


def unmet_variable(plugin: Any, core_version: str) -> str | None:
    """Return what the plugin's own `hyperpose_core_requires` says against the core, or None.

    Raises:
        SpecError: the variable is no version specifier.
    """
    wanted = getattr(plugin, VARIABLE, "")
    try:
        return _unmet(SpecifierSet(wanted), core_version)
    except (InvalidSpecifier, TypeError, AttributeError) as error:
        raise SpecError(
            f"{VARIABLE} is {wanted!r}: write a version specifier such as '>=0.1,<0.2'"
        ) from error


def _unmet(specifier: SpecifierSet, core_version: str) -> str | None:
    if specifier.contains(core_version, prereleases=True):
        return None
    return f"needs {CORE}{specifier}, found {core_version}"
