"""A check: one promise of one component, and the sentence for one that is not kept."""

from __future__ import annotations

import functools
import unittest
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hyperpose_core.config import Config
from hyperpose_core.errors import HyperposeError, PluginError
from hyperpose_core.plugins import PluginRecord
from hyperpose_core.registry import Registry
from hyperpose_core.specs import Spec

UncheckedError = unittest.SkipTest
"""A promise cannot be checked here: a dataset's files are missing. pytest shows it as skipped."""


class BrokenPromiseError(HyperposeError):
    """A component does not do what its kind promises; the text says what was expected and came."""


@dataclass(frozen=True)
class Subject:
    """What is checked: a component of a plugin, or the plugin itself.

    Args:
        registry: of all installed plugins.
        record: the plugin.
        spec: the component; None: the plugin itself.
        config: settings that its kind is checked with.
    """

    registry: Registry
    record: PluginRecord
    spec: Spec | None
    config: Config
    made: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What one check made and the next need not make again."""

    @property
    def name(self) -> str:
        """The name by which the registry finds the component, whoever else offers the same."""
        return f"{self.record.name}/{self.component.name}"

    @property
    def component(self) -> Any:
        """The spec of the component; PluginError for a plugin itself, which has none."""
        if self.spec is None:
            raise PluginError(f"the plugin {self.record.name!r} is no component")
        return self.spec

    @property
    def kind(self) -> str:
        """The component's, or `plugin`."""
        return "plugin" if self.spec is None else self.spec.kind

    @property
    def called(self) -> str:
        """How messages call it."""
        if self.spec is None:
            return f"the plugin {self.record.name!r} ({self.record.source})"
        return self.registry.called(self.spec.kind, self.name)

    def load(self) -> Any:
        """Import the component; PluginError where that fails."""
        return self.registry.load(self.component.kind, self.name)

    def once(self, what: str, make: Callable[[], Any]) -> Any:
        """Return what `make` returned when it was first called for this subject."""
        if what not in self.made:
            self.made[what] = make()
        return self.made[what]


Test = Callable[[Subject], None]


@dataclass(frozen=True)
class Check:
    """One promise of one component; call it to see whether it is kept.

    Raises, when called:
        BrokenPromiseError: it is not; one sentence with what was expected and what was received.
        unittest.SkipTest: it cannot be checked here; says why.
    """

    subject: Subject
    promise: str
    test: Test = field(repr=False)

    def __call__(self) -> None:
        """See whether the promise is kept."""
        try:
            self.test(self.subject)
        except BrokenPromiseError as error:
            raise BrokenPromiseError(f"{self._begin()}{error}") from None
        except UncheckedError:
            raise
        except HyperposeError as error:
            raise BrokenPromiseError(f"{self._begin()}it says: {error}") from error
        except Exception as error:
            # TensorFlow goes on for many lines.
            first = str(error).strip().partition("\n")[0]
            raise BrokenPromiseError(
                f"{self._begin()}it raised {type(error).__name__}: {first}"
            ) from error

    def __str__(self) -> str:
        name = self.subject.record.name if self.subject.spec is None else self.subject.spec.name
        return f"{self.subject.kind} {name}: {self.promise}"

    def _begin(self) -> str:
        return f"{self.subject.called} breaks the promise that {self.promise}: "


def expect(kept: object, expected: str, received: object) -> None:
    """Raise BrokenPromiseError, which names both, where a promise is not kept."""
    if not kept:
        text = received if isinstance(received, str) else repr(received)
        raise BrokenPromiseError(f"expected {expected}, received {_short(text)}")


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= 200 else f"{one_line[:197]}..."


@functools.cache
def shape_text(shape: tuple[int | None, ...]) -> str:
    """Write a shape as the contracts do: `[h, w, C]`."""
    return f"[{', '.join('?' if n is None else str(n) for n in shape)}]"
