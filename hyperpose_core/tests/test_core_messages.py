"""Messages: what cannot be written is dropped, what would spoil the terminal is written out."""

from __future__ import annotations

import sys

import pytest
from tqdm import tqdm

from hyperpose_core.support.messages import Messages, bar_settings


@pytest.mark.parametrize("stream", [None, "closed", "full"])
def test_messages_and_bars_go_on_where_nothing_can_be_written(monkeypatch, stream):
    if stream:
        file = open("/dev/full", "w", buffering=1)  # noqa: SIM115 - stays open in one case
        if stream == "closed":
            file.close()
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


def test_control_characters_in_names_are_written_out(capsys):
    Messages().warn("cannot read a\nb\x1b[31m\udcff.jpg, größer\u3000als")
    assert (
        capsys.readouterr().err
        == "Warning: cannot read a\\nb\\x1b[31m\\udcff.jpg, größer\u3000als\n"
    )
