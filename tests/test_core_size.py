"""The core stays small."""

from __future__ import annotations

from core_size import LONGEST_FILE, MOST_ENTRIES, MOST_LINES, measured


def test_the_core_has_few_entries_short_files_and_no_more_lines_than_it_had():
    size = measured()
    assert size.entries <= MOST_ENTRIES
    assert size.longest <= LONGEST_FILE, size.name
    assert size.lines <= MOST_LINES, "see tests/core_size.py: what is new belongs to a plugin"
