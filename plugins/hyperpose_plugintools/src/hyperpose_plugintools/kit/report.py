"""The outcome of checks, a row each, for the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hyperpose_core.errors import UnknownComponentError
from hyperpose_core.support.names import did_you_mean, normalize
from hyperpose_plugintools.kit import plugin_checks
from hyperpose_plugintools.kit.check import BrokenPromiseError, Check, UncheckedError

Row = dict[str, str | None]


def selected(name: str, sets: Sequence[str], component: str | None) -> list[Check]:
    """Return the checks of a plugin, or of one of its components, whatever its kind.

    Raises:
        UnknownComponentError: there is no such plugin, or it has no such component that is checked.
    """
    checks = plugin_checks(name, sets)
    if component is None:
        return checks
    specs = [check.subject.spec for check in checks]
    names = sorted({spec.name for spec in specs if spec is not None})
    chosen = [
        check
        for check, spec in zip(checks, specs, strict=True)
        if spec is not None and normalize(spec.name) == normalize(component)
    ]
    if not chosen:
        raise UnknownComponentError(
            f"nothing of {name} that is called {component!r} is checked"
            f"{did_you_mean(component, names)}; there are {', '.join(names) or 'none'}"
        )
    return chosen


def report(checks: Iterable[Check]) -> Iterator[Row]:
    """Call each check and yield `check`, `outcome` (kept, broken, unchecked), and what was said."""
    for check in checks:
        outcome, said = "kept", None
        try:
            check()
        except BrokenPromiseError as error:
            outcome, said = "broken", str(error)
        except UncheckedError as error:
            outcome, said = "unchecked", str(error)
        yield {"check": str(check), "outcome": outcome, "said": said}
