"""Writes the pages that say what the code says: `python docs/pages.py`.

A page a hook, with the plugin that `hyperpose new-plugin` writes for it as the example, a page a
command, a page a public name. With `--check` it writes nothing and exits with 1 where one is not up
to date.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

import hyperpose_core
from hyperpose_core import contracts
from hyperpose_core.contracts import events, uses
from hyperpose_core.hookspecs import HOOKS, LIFE_CYCLE, ON, ON_TRAIN, ON_USE, HookSpecs
from hyperpose_core.plugins import discover
from hyperpose_core.registry import Registry
from hyperpose_core.specs import Spec
from hyperpose_plugintools.new_plugin import KINDS, write_plugin

DOCS = Path(__file__).resolve().parent
MADE = "<!-- made by `python docs/pages.py` -->\n"
OURS = "hyperpose-"
DIRECTIVES = {True: "autoclass", False: "autofunction"}
LISTENER = '''from hyperpose_core import hookimpl


@hookimpl
def {hook}(event):
    with (event.run / "told.txt").open("a") as file:
        file.write(f"{{event.step}} {{type(event).__name__}}\\n")
'''
USER = '''from hyperpose_core import hookimpl


@hookimpl
def {hook}(event):
    with open("told.txt", "a") as file:
        file.write(f"{{type(event).__name__}}\\n")
'''
TRAINING = """
([reference](../reference/events.md)). What else a training promises is in
[life-cycle hooks](../training.md#life-cycle-hooks-for-plugins)"""


def pages() -> dict[Path, str]:
    """Return the text of each page, by its place in this folder."""
    made = {
        **{Path("hooks", f"{short(hook)}.md"): hook_page(hook) for hook in HOOKS},
        **{Path("hooks", f"{short(hook)}.md"): listener_page(hook) for hook in (*LIFE_CYCLE, *ON_USE)},
        **{Path("commands", f"{name}.md"): text for name, text in command_pages()},
        **{Path("reference", f"{name}.md"): text for name, text in reference_pages()},
    }
    return {place: f"{MADE}\n{text.strip()}\n" for place, text in made.items()}


def short(hook: str) -> str:
    """Return what a hook's page is called."""
    return hook.removeprefix("hyperpose_").removeprefix("register_")


def hook_page(hook: str) -> str:
    """Return the page of a hook that offers components."""
    spec = HOOKS[hook]
    doc, _ = sections(spec)
    return f"""
# `{hook}`

{inspect.getdoc(getattr(HookSpecs, hook))}

It takes no argument, and returns or yields `{spec.__name__}` objects:

{doc}

{field_table(spec)}

What the target has to be able to do is in [contracts](../reference/contracts.md).

{example(hook)}
"""


def sections(cls: type) -> tuple[str, dict[str, str]]:
    """Return what a class's docstring says before `Args:`, and of each argument."""
    text, _, rest = inspect.getdoc(cls).partition("\nArgs:\n")
    rest = rest.partition("\nRaises:")[0]
    found = re.findall(r"^    ([\w, ]+): (.*(?:\n {8}.*)*)", rest, re.MULTILINE)
    each = {name: " ".join(said.split()) for names, said in found for name in names.split(", ")}
    return text.strip(), each


def field_table(cls: type[Spec]) -> str:
    """Return a table of a spec's fields."""
    said = {name: text for base in cls.__mro__[::-1] if issubclass(base, Spec) for name, text in
            sections(base)[1].items()}
    lines = ["| field | type | default | meaning |", "|---|---|---|---|"]
    for field in dataclasses.fields(cls):
        cells = (f"`{field.name}`", f"`{field.type}`", default(field), said.get(field.name, ""))
        lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    return "\n".join(lines)


def default(field: dataclasses.Field) -> str:
    """Return what a field is where it is left out."""
    if field.default is not dataclasses.MISSING:
        return f"`{field.default!r}`"
    return "empty" if field.default_factory is not dataclasses.MISSING else "has to be given"


def example(hook: str) -> str:
    """Return a whole plugin with a hook: what `new-plugin` writes."""
    kind = next(kind for kind in KINDS if f"def {hook}(" in written(kind)["plugin.py"])
    files = "\n\n".join(
        f"`src/hyperpose_mine/{name}`:\n\n```python\n{text.strip()}\n```"
        for name, text in written(kind).items()
    )
    use = KINDS[kind].next_lines("hyperpose-mine")[-1]
    return f"""## An example

    hyperpose new-plugin mine --kind {kind}
    pip install -e hyperpose-mine

writes {KINDS[kind].brings} and installs it; `hyperpose check-plugin mine` sees whether it keeps its promises
([the kit](../testing-plugins.md)). It is used by

    {use}

{files}"""


@functools.cache
def written(kind: str) -> dict[str, str]:
    """Return the modules of a new plugin, `plugin.py` first."""
    with tempfile.TemporaryDirectory() as name:
        folder, files = write_plugin("mine", kind, Path(name))
        source = folder / "src" / "hyperpose_mine"
        modules = [f for f in files if f.suffix == ".py" and f.parent == source]
        modules = [f for f in modules if f.name != "__init__.py"]
        return {f.name: f.read_text() for f in sorted(modules, key=lambda f: f.name != "plugin.py")}


def listener_page(hook: str) -> str:
    """Return the page of a life-cycle hook."""
    module, prefix = (uses, ON) if hook in ON_USE else (events, ON_TRAIN)
    event = next(e for e in vars(module).values()
                 if isinstance(e, type) and f"{prefix}{getattr(e, 'hook', '')}" == hook)
    doc, said = sections(event)
    said = said if module is uses else {**sections(events.Event)[1], **said}
    more = "" if module is uses else TRAINING
    listener = USER if module is uses else LISTENER
    rows = [f"| `{f.name}` | `{f.type}` | {said.get(f.name, '')} |".replace(" | None", " &#124; None")
            for f in dataclasses.fields(event)]
    table = "\n".join(["| field of the event | type | meaning |", "|---|---|---|", *rows])
    return f"""
# `{hook}`

{inspect.getdoc(getattr(HookSpecs, hook))}

It takes one argument, `event`, a `{event.__name__}` of `{module.__name__}`{more}.

{doc}

{table}

## An example

The plugin's module; what is slow to import is best imported inside the function.

```python
{listener.format(hook=hook).strip()}
```

`hyperpose new-plugin mine --kind life-cycle` writes a whole plugin with such hooks.
"""


def command_pages() -> Iterator[tuple[str, str]]:
    """Yield a page a command of ours: its help."""
    registry = Registry(record for record in discover() if record.distribution.startswith(OURS))
    for record in registry.records:
        for spec in (spec for spec in record.specs if spec.kind == "command"):
            command = registry.load("command", f"{record.name}/{spec.name}")
            context = click.Context(
                command, info_name=f"hyperpose {spec.name}", terminal_width=90, max_content_width=90
            )
            text = command.get_help(context)
            yield spec.name, f"""
# `hyperpose {spec.name}`

{spec.summary} It comes with `{record.distribution}`.

```text
{text}
```
"""


def reference_pages() -> Iterator[tuple[str, str]]:
    """Yield a page a public name of the core, and one each of contracts, events and the kit."""
    names = [name for name in hyperpose_core.__all__ if name != "__version__"]
    for name in names:
        yield name, f"# `hyperpose_core.{name}`\n\n{directive('hyperpose_core', name, True)}"
    yield "contracts", several("hyperpose_core.contracts", contracts.__all__, "Contracts")
    found = [n for n, e in vars(events).items() if isinstance(e, type) and hasattr(e, "hook")]
    yield "events", several("hyperpose_core.contracts.events", found, "Events")
    kit = ("plugin_checks", "Check", "BrokenPromiseError")
    yield "kit", several("hyperpose_plugintools", kit, "The kit")


def several(module: str, names: list[str], title: str) -> str:
    """Return a page of several names of a module."""
    parts = [directive(module, name, True) for name in names if documented(module, name)]
    return f"# {title}\n\nIn `{module}`.\n\n" + "\n\n".join(parts)


def documented(module: str, name: str) -> bool:
    """Say whether a name is a class or a function, not the name of a type."""
    value = getattr(sys.modules[module], name)
    return inspect.isclass(value) or inspect.isfunction(value)


def directive(module: str, name: str, members: bool) -> str:
    """Return what Sphinx makes the documentation of a name from."""
    value = getattr(sys.modules[module], name)
    word = DIRECTIVES.get(inspect.isclass(value), "autodata")
    word = word if inspect.isclass(value) or inspect.isfunction(value) else "autodata"
    options = "\n   :members:" if word == "autoclass" and members else ""
    return f"```{{eval-rst}}\n.. {word}:: {module}.{name}{options}\n```"


def main() -> int:
    """Write the pages, or look whether they are up to date."""
    check, stale = "--check" in sys.argv[1:], []
    made = pages()
    there = {p.relative_to(DOCS) for f in ("hooks", "commands", "reference") for p in
             (DOCS / f).glob("*.md") if p.name != "index.md"}
    for place, text in made.items():
        path = DOCS / place
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(str(place))
            if not check:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    for place in there - set(made):
        stale.append(str(place))
        if not check:
            (DOCS / place).unlink()
    print("\n".join(stale) or "every page is up to date")  # noqa: T201
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
