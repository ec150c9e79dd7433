"""Messages: what cannot be written is dropped, what would spoil the terminal is written out."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO

import pytest
from tqdm import tqdm

from hyperpose_core.support.messages import Messages, bar_settings, printable
from hyperpose_core.support.standard_error import standard_error


@pytest.mark.parametrize("stream", [None, "closed", "full"])
def test_messages_and_bars_go_on_where_nothing_can_be_written(request, monkeypatch, stream):
    if stream:
        file = open("/dev/full", "w", buffering=1)  # noqa: SIM115 - stays open in one case
        request.addfinalizer(lambda: closed(file))
        if stream == "closed":
            closed(file)
        monkeypatch.setattr(sys, "stderr", file)
    else:
        monkeypatch.setattr(sys, "stderr", None)
    log: list[str] = []
    messages = Messages()
    messages.copy_to(log.append)
    for number in tqdm(range(3), **bar_settings(quiet=False)):
        messages.say("working")
        messages.warn(f"number {number}")
    assert log == [f"Warning: number {number}" for number in range(3)]


def closed(file: TextIO) -> None:
    with contextlib.suppress(OSError):  # what is left in its buffer cannot be written
        file.close()


def test_what_is_dropped_is_dropped_in_one_place(monkeypatch):
    """Not a file more with every message."""
    monkeypatch.setattr(sys, "stderr", None)
    assert standard_error() == standard_error()


def test_control_characters_in_names_are_written_out(capsys):
    Messages().warn("cannot read a\nb\x1b[31m\udcff.jpg, größer\u3000als")
    assert (
        capsys.readouterr().err == "Warning: cannot read a\\nb\\x1b[31m\\xff.jpg, größer\u3000als\n"
    )


def test_names_that_are_not_utf8_are_written_as_in_json_and_the_rest_as_it_is():
    assert printable(os.fsdecode(b"caf\xe9.jpg")) == r"caf\xe9.jpg"
    assert printable("C:\\udce9 caf\u00e9 \x1b[2J\n") == r"C:\udce9 café \x1b[2J\n"
