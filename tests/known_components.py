"""Write known.json, by which the core says what would bring a component that is missing.

python tests/known_components.py [DISTRIBUTION...]

Ours are written as they are installed here. A distribution of anybody's is added by its name, when
it is installed too; what the file says of others stays as it is.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

from packaging.utils import canonicalize_name

from hyperpose_core.plugins import discover

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "hyperpose_core/src/hyperpose_core/plugins/known.json"
Known = dict[str, dict[str, list[str]]]


def ours() -> set[str]:
    """Return the names of our distributions but the core, whose components are never missing."""
    paths = [*ROOT.glob("hyperpose_*/pyproject.toml"), *ROOT.glob("plugins/*/pyproject.toml")]
    return {canonicalize_name(path.parent.name) for path in paths} - {"hyperpose-core"}


def known() -> Known:
    return json.loads(FILE.read_text())


def with_installed(before: Known, names: set[str]) -> Known:
    """Return what is known, with these distributions as they are installed here."""
    found = dict(before)
    for record in discover():
        if record.distribution in names:
            if record.status != "ok":
                raise SystemExit(f"{record.source}: {record.status}: {record.error}")
            kinds: dict[str, list[str]] = defaultdict(list)
            for spec in record.specs:
                kinds[spec.kind] += [spec.name, *spec.aliases]
            if record.life_cycle:
                kinds["life_cycle"] = list(record.life_cycle)
            found[record.distribution] = kinds
            names = names - {record.distribution}
    if names:
        raise SystemExit(f"not installed here: {', '.join(sorted(names))}")
    return {name: kinds for name, kinds in found.items() if kinds}


def text(found: Known) -> str:
    """Return the file's text: a line a distribution and kind."""
    rows = []
    for name, kinds in sorted(found.items()):
        lines = [f"  {json.dumps(kind)}: {json.dumps(kinds[kind])}" for kind in sorted(kinds)]
        rows.append(f" {json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n }")
    return "{\n" + ",\n".join(rows) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(text(with_installed(known(), ours() | set(sys.argv[1:]))))
