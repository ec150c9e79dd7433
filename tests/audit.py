"""Look for known vulnerabilities of what is installed: a part of `make check`.

    python tests/audit.py PROGRAM WORDS...

The program, pip-audit, is run where the service that knows of them can be asked, and its exit code
is this one's. Without the service one sentence says that nothing was looked for, and that is fine:
who is offline can check, too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request

SERVICE = "https://pypi.org/pypi/pip/24.0/json"
"""What pip-audit asks, for a version that is known; mirrors of PyPI often do not have it."""


def why_not(url: str, seconds: float = 10) -> str:
    """Return why the service cannot be asked; nothing where it can."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:
            return "" if "vulnerabilities" in json.load(answer) else "it does not know of any"
    except (OSError, ValueError) as error:
        return str(error)


def main(words: list[str]) -> int:
    """Return the exit code; see the module."""
    url = os.environ.get("AUDIT_SERVICE", SERVICE)
    if reason := why_not(url):
        print(f"Known vulnerabilities were not looked for: {url} cannot be asked ({reason})")
        return 0
    try:
        return subprocess.run(words, check=False).returncode
    except OSError as error:
        print(f"{words[0]} cannot be run: {error.strerror}; make audit says why it is not there")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
