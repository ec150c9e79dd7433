"""Whether a plugin was built for this core."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hyperpose_core.errors import SpecError

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

CORE = "hyperpose-core"
_OF_CORE = re.compile(r"\s*hyperpose[-_.]+core(?![-_.]*\w)", re.IGNORECASE)
VARIABLE = "hyperpose_core_requires"


def unmet_requirement(requires: Iterable[str], core_version: str) -> str | None:
    """Return what a distribution's requirements say against the core, None where they agree.

    Raises:
        packaging.requirements.InvalidRequirement: one on the core is malformed.
    """
    of_core = [text for text in requires if _OF_CORE.match(text)]
    if all(_plainly_met(text, core_version) for text in of_core):
        return None
    from packaging.requirements import Requirement

    for requirement in map(Requirement, of_core):
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
    if wanted == "":
        return None
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return _unmet(SpecifierSet(wanted), core_version)
    except (InvalidSpecifier, TypeError, AttributeError) as error:
        raise SpecError(
            f"{VARIABLE} is {wanted!r}: write a version specifier such as '>=0.1,<0.2'"
        ) from error


def _plainly_met(requirement: str, version: str) -> bool:
    """Say whether bounds such as `>=0.1,<0.2` are met, where no more than that has to be read.

    Whatever else there is to read needs packaging, whose import is a tenth of all finding.
    """
    bounds = re.fullmatch(r"[\w.-]+?\s*\(?((?:[<>]=?\s*[\d.]+[\s,]*)*)\)?", requirement.strip())
    if bounds is None or not re.fullmatch(r"[\d.]+", version):
        return False
    pairs = re.findall(r"([<>]=?)\s*([\d.]+)", bounds[1])
    return all(_COMPARED[sign](_numbers(version), _numbers(other)) for sign, other in pairs)


_COMPARED = {">=": operator.ge, ">": operator.gt, "<": operator.lt, "<=": operator.le}


def _numbers(version: str) -> list[str]:
    """Return a release as numbers of one length each, without the zeros at its end."""
    return [part.zfill(9) for part in re.sub(r"(\.0+)*$", "", version).split(".")]


def _unmet(specifier: SpecifierSet, core_version: str) -> str | None:
    if specifier.contains(core_version, prereleases=True):
        return None
    return f"needs {CORE}{specifier}, found {core_version}"
