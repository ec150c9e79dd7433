"""Names that archives and annotations state, looked at before a file is to have them."""

from __future__ import annotations

import os
from pathlib import PurePath

MOST_BYTES, MOST_WITH_FOLDERS = 255, 2000
"""Of a name on the file systems in use, and of one with its folders and slashes, so that the place
before it finds room in the system's 4,096."""
MOST_FOLDERS = 200
"""That a name lies in: Python makes and deletes folders by calls within calls, 1,000 at most."""


def problem(name: PurePath) -> str:
    """Say why no file can have a name, below some folder; empty where one can."""
    try:
        sizes = [len(os.fsencode(part)) for part in name.parts]
    except UnicodeEncodeError:
        return "has half a character"
    if "\0" in str(name):
        return "has a null byte"
    if max(sizes, default=0) > MOST_BYTES:
        return (
            f"has {max(sizes)} bytes in one part, of which a file's name has {MOST_BYTES} at most"
        )
    if (size := sum(sizes) + len(sizes) - 1) > MOST_WITH_FOLDERS:
        return f"has {size} bytes, more than {MOST_WITH_FOLDERS}"
    if len(sizes) - 1 > MOST_FOLDERS:
        return f"lies in {len(sizes) - 1} folders, more than {MOST_FOLDERS}"
    return ""
