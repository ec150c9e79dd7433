"""A signal in the middle of a video leaves a playable file and whole lines, in real processes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest
from walkers import crossing, frame, lines, read_video, write_video
from walkers import desk as desk

HYPERPOSE = (sys.executable, "-m", "hyperpose_core", "infer")
MODEL = ("--model-file", "a.walkers", "--out", "found")


def started(*words: str) -> subprocess.Popen[str]:
    """Start the command, and wait until it has written some lines."""
    process = subprocess.Popen(
        [*HYPERPOSE, *words, *MODEL], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    path, deadline = Path("found/frames.jsonl"), time.monotonic() + 60
    while not path.is_file() or path.read_bytes().count(b"\n") < 6:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_was_found_until_then_is_kept(desk, monkeypatch, number):
    monkeypatch.setenv("WALKERS_SECONDS", "0.02")
    write_video(desk / "walk.mp4", crossing(500))
    process = started("walk.mp4", "--track", "--format", "coco-like")
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    found = lines(desk / "found")
    frames, _ = read_video(desk / "found/walk.mp4")
    assert 6 <= len(frames) == len(found) < 400
    count = f"found/walk.mp4 has {len(frames)} of 500 frames"
    assert f"Error: stopped: {count}, found/frames.jsonl has {len(frames)} lines" in err
    assert "Traceback" not in err
    assert [path.name for path in (desk / "found").glob(".*")] == []
    ids = {row["image_id"] for row in json.loads((desk / "found/results.json").read_text())}
    assert max(ids) == len(frames) - 1
    document = json.loads((desk / "found/humans.json").read_text())
    assert document["videos"][0]["frames"] == len(frames)


def test_images_that_were_seen_until_then_are_kept(desk, monkeypatch):
    monkeypatch.setenv("WALKERS_SECONDS", "0.05")
    for number in range(200):
        cv2.imwrite(f"{number:03}.png", frame(60))
    process = started("*.png", "--batch-size", "2", "--json")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, ""), err
    count = len(lines(desk / "found"))
    assert 6 <= count == len(list((desk / "found").glob("*.png"))) < 150
    assert f"Error: stopped: {count} of 200 images are done, found/frames.jsonl has" in err
    assert len(json.loads((desk / "found/humans.json").read_text())["images"]) == count


def test_a_second_signal_ends_it_at_once_and_still_leaves_a_video(desk, monkeypatch):
    monkeypatch.setenv("WALKERS_SECONDS", "0.5")
    write_video(desk / "walk.mp4", crossing(20))
    monkeypatch.setenv("WALKERS_SLOW_AFTER", "7")
    process = started("walk.mp4")
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    frames, _ = read_video(desk / "found/walk.mp4")
    assert len(frames) == len(lines(desk / "found")) >= 6


def test_a_process_writes_no_line_of_a_library(desk):
    (desk / "text.mp4").write_text("no video\n" * 99)
    (desk / "empty.avi").touch()
    whole = write_video(desk / "walk.mp4", crossing(20)).read_bytes()
    (desk / "half.mp4").write_bytes(whole[: len(whole) // 2])
    half = write_video(desk / "half.avi", crossing(20), codec="MJPG").read_bytes()
    (desk / "half.avi").write_bytes(half[: len(half) // 2])
    words = ["text.mp4", "empty.avi", "half.mp4", "half.avi", "--camera", "87", "--quiet"]
    done = subprocess.run([*HYPERPOSE, *words, *MODEL], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")
    said = done.stderr.splitlines()
    assert all(line.startswith("Warning: ") for line in said), done.stderr
    assert len(said) == 6  # four that were skipped, one that was cut off, and how many
