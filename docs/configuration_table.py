"""Writes the table of settings in configuration.md: `python docs/configuration_table.py`.

With `--check` it writes nothing and exits with 1 where the page is not up to date.
"""

from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path

from hyperpose_core.config import Config
from hyperpose_core.config.group import allowed, hints
from hyperpose_core.config.options import groups

PAGE = Path(__file__).with_name("configuration.md")
BEGIN, END = "<!-- settings: begin -->\n", "<!-- settings: end -->\n"


def meanings(group: type) -> dict[str, str]:
    """Return the text that follows each setting in its class."""
    [body] = ast.parse(inspect.getsource(group)).body
    pairs = zip(body.body, body.body[1:], strict=False)
    return {
        setting.target.id: " ".join(text.value.value.split())
        for setting, text in pairs
        if isinstance(setting, ast.AnnAssign) and isinstance(text, ast.Expr)
    }


def shown(value: object) -> str:
    """Return a default as TOML has it."""
    if value is None:
        return "None"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return str(list(value) if isinstance(value, tuple) else value)


def table() -> str:
    """Return the headings and tables of all groups."""
    defaults = Config()
    lines = []
    for name, group in groups().items():
        lines += [f"### {name}", "", inspect.getdoc(group), ""]
        lines += ["| setting | default | allowed | meaning |", "|---|---|---|---|"]
        texts, words = meanings(group), allowed(group)
        for key in hints(group):
            default = shown(getattr(getattr(defaults, name), key))
            cells = [f"`{name}.{key}`", f"`{default}`", words[f"{name}.{key}"], texts[key]]
            lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
        lines.append("")
    return "\n".join(lines)


def updated(page: str) -> str:
    """Return a page with the tables between its two marks."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main(arguments: list[str]) -> int:
    """Update the page, or check it."""
    page = PAGE.read_text(encoding="utf-8")
    if "--check" in arguments:
        return int(updated(page) != page)
    PAGE.write_text(updated(page), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
