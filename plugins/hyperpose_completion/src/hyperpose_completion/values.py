"""Values: what may stand behind an option, or for an argument, by what its help calls it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import click
from click.shell_completion import CompletionItem

from hyperpose_core.cli.run_options import runs_in
from hyperpose_core.config.schema import LogConfig
from hyperpose_core.registry import Registry

FILES = {"FILE": "file", "PATH": "file", "IMAGE": "file", "DIR": "dir"}
"""By a word of the metavar, what the shell itself is to complete."""
KINDS = {"--model": "model", "--backbone": "backbone", "--dataset": "dataset"}
KINDS |= {"--runtime": "runtime"}
"""By option, of what kind the components are that it names."""


class Values(click.ParamType):
    """Texts of which a shell may complete some; every other one is as good.

    Args:
        words: of the metavar, in capitals.
        kinds: of components, whose names may stand there.
    """

    name = "text"

    def __init__(self, words: set[str], kinds: set[str], registry: Registry) -> None:
        self.words, self.kinds, self.registry = words, kinds, registry

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the names that begin so; files, where there are none."""
        del param
        names = [name for name in self._names(ctx) if name.startswith(incomplete)]
        if names:  # what is said of files would take their place
            return [CompletionItem(name) for name in names]
        files = dict.fromkeys(FILES[word] for word in FILES if word in self.words)
        return [CompletionItem(incomplete, type=kind) for kind in files]

    def _names(self, ctx: click.Context) -> Iterator[str]:
        if "RUN" in self.words:
            yield from runs_in(ctx.params.get("save_dir") or LogConfig().save_dir)
        for kind in self.kinds:
            yield from self.registry.names(kind)


def values_of(parameter: click.Parameter, registry: Registry) -> Values | None:
    """Return what may stand there; None where nothing is known of it."""
    words = set(re.findall("[A-Z]+", parameter.metavar or ""))
    kinds = {KINDS[option] for option in parameter.opts if option in KINDS}
    if "MODEL" in words:
        kinds.add("model")
    known: Any = kinds or words & {"RUN", *FILES}
    return Values(words, kinds, registry) if known else None
