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
FILES |= {"RESULTS": "file", "SOURCE": "file", "TARGET": "file"}
"""By a word of the metavar, what the shell itself is to complete."""
KINDS = {"--model": "model", "--backbone": "backbone", "--dataset": "dataset"}
KINDS |= {"--runtime": "runtime"}
"""By option, of what kind the components are that it names."""
KINDS_OF = {
    ("export", "--to"): "exporter",
    ("convert", "--from"): "annotation_format",
    ("convert", "--to"): "annotation_format",
    ("import-weights", "--format"): "weight_importer",
    ("score", "--metric"): "metric",
}
"""The same, of options that one command has for itself."""
NAMED = {"MODEL": "model", "DATASET": "dataset"}
"""The same, by a word of the metavar."""


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


def values_of(parameter: click.Parameter, command: str, registry: Registry) -> Values | None:
    """Return what may stand there in a command; None where nothing is known of it."""
    words = set(re.findall("[A-Z]+", parameter.metavar or ""))
    kinds = {KINDS[option] for option in parameter.opts if option in KINDS}
    kinds |= {KINDS_OF[command, o] for o in parameter.opts if (command, o) in KINDS_OF}
    kinds |= {NAMED[word] for word in words & NAMED.keys()}
    known: Any = kinds or words & {"RUN", *FILES}
    return Values(words, kinds, registry) if known else None
