"""`make check` looks for known vulnerabilities where somebody can be asked, and says where not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import audit
import pytest
from archive_server import serving

FOUND = [sys.executable, "-c", "import sys; print('a known vulnerability'); sys.exit(1)"]


@pytest.fixture
def service(monkeypatch):
    with serving({}) as server:
        monkeypatch.setenv("AUDIT_SERVICE", f"{server.url}/json")
        yield server


def test_what_is_found_is_a_failure(service, capfd):
    service.files["json"] = json.dumps({"vulnerabilities": []}).encode()
    assert audit.main(FOUND) == 1
    assert "a known vulnerability" in capfd.readouterr().out
    assert audit.main([sys.executable, "-c", ""]) == 0


@pytest.mark.parametrize("answer", [None, b"<html>", b"{}"])
def test_without_a_service_one_sentence_says_that_nothing_was_looked_for(service, answer, capfd):
    if answer is not None:
        service.files["json"] = answer
    assert audit.main(FOUND) == 0
    out = capfd.readouterr().out
    assert out.startswith("Known vulnerabilities were not looked for")
    assert out.count("\n") == 1


def test_make_check_asks():
    text = (Path(__file__).parent.parent / "Makefile").read_text()
    assert "tests/audit.py" in text.partition("\ncheck:")[2].partition("\n\n")[0]
