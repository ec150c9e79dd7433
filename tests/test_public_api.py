"""What plugins rely on changes by decision only: public_api.txt is what there is."""

from __future__ import annotations

import difflib

from public_api import FILE, document


def test_the_public_api_is_what_was_decided():
    there, found = FILE.read_text(encoding="utf-8").splitlines(), document().splitlines()
    changes = [
        line
        for line in difflib.unified_diff(there, found, "decided", "found", n=0, lineterm="")
        if line[:3] not in ("---", "+++") and line[:2] != "@@"
    ]
    assert not changes, (
        "the public API changed: if it was meant to, run `python tests/public_api.py` and say it "
        "in CHANGELOG.md (docs/versions.md has the rules)\n" + "\n".join(changes)
    )
