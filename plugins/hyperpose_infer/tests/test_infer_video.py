"""`hyperpose infer` on videos: read, found, tracked, written; what is broken costs itself only."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from walkers import crossing, frame, lines, read_video, write_video
from walkers import desk as desk
from walkers import infer as infer


def test_two_who_cross_are_found_tracked_and_written(infer, desk):
    places = crossing(60)
    write_video(desk / "walk.mp4", places, rate=30000 / 1001)
    code, out, err = infer("walk.mp4", "--track", "--json")
    assert code == 0, err
    assert "60 frames, up to 2 people in one, 2 different ones, found/walk.mp4" in err
    frames, rate = read_video(desk / "found/walk.mp4")
    assert (len(frames), frames[0].shape) == (60, (96, 160, 3))
    assert rate == pytest.approx(30000 / 1001, abs=1e-3)
    found = lines(desk / "found")
    assert [line["frame"] for line in found] == list(range(60))
    np.testing.assert_allclose(
        [line["time"] for line in found], np.arange(60) * 1001 / 30000, atol=1e-3
    )
    for line, (right, left) in zip(found, places, strict=True):
        for person in line["people"]:
            if len(line["people"]) == 2:
                # Number 1 is the surer one of the first frame, the left one.
                walker = right if person["number"] == 1 else left
                assert person["keypoints"]["head"][0] == pytest.approx(walker, abs=4)
    assert sum(len(line["people"]) == 2 for line in found) > 45
    [entry] = json.loads(out)["videos"]
    assert entry == {"video": "walk.mp4", "picture": "found/walk.mp4", "frames": 60, "rate": 29.97}
    assert json.loads((desk / "found/humans.json").read_text()) == json.loads(out)


def test_skeletons_are_drawn_into_the_frame_that_they_were_found_in(infer, desk):
    places = [(30.0,), (80.0,), (), (130.0,)]
    write_video(desk / "walk.mp4", places)
    assert infer("walk.mp4")[0] == 0
    frames, _ = read_video(desk / "found/walk.mp4")
    for picture, walkers in zip(frames, places, strict=True):
        changed = np.abs(picture.astype(int) - frame(*walkers)).sum(-1) > 150
        columns = np.flatnonzero(changed.any(axis=0))
        assert bool(len(columns)) == bool(walkers)
        for x in walkers:
            assert np.abs(columns - x).max() < 16


def test_frames_that_are_too_large_are_refused_by_the_header(infer, desk, monkeypatch):
    write_video(desk / "walk.mp4", [(30.0,)] * 3)
    monkeypatch.setattr("hyperpose_infer.sources.video.MOST_PIXELS", 1000)
    code, _, err = infer("walk.mp4")
    assert code != 0
    assert "walk.mp4 has frames of 160x96 pixels: at most 1000 are read" in err


def test_images_and_videos_go_together_in_any_order(infer, desk):
    write_video(desk / "walk.avi", crossing(3), codec="MJPG")
    for name in ("1.png", "2.png"):
        cv2.imwrite(str(desk / name), frame(60))
    code, out, err = infer("2.png", "walk.avi", "1.png", "--json")
    assert code == 0, err
    document = json.loads(out)
    assert [entry["image"] for entry in document["images"]] == ["2.png", "1.png"]
    assert [entry["video"] for entry in document["videos"]] == ["walk.avi"]
    found = lines(desk / "found")
    assert [line.get("image", line.get("frame")) for line in found] == ["2.png", 0, 1, 2, "1.png"]
    [person] = document["images"][0]["people"]
    assert list(person) == ["score", "box", "keypoints"]


def test_a_folder_and_a_pattern_hold_images_and_videos(infer, desk):
    (desk / "day").mkdir()
    write_video(desk / "day/b.MOV", crossing(2))
    cv2.imwrite(str(desk / "day/a.png"), frame(60))
    (desk / "day/notes.txt").touch()
    for words in (("day",), ("day/[ab].*",), ("da?/*.png", "**/*.MOV")):
        code, out, err = infer(*words, "--json")
        assert code == 0, err
        assert [entry["image"] for entry in json.loads(out)["images"]] == ["day/a.png"]
        assert [entry["video"] for entry in json.loads(out)["videos"]] == ["day/b.MOV"]
    assert infer("day/*.jpg")[2].startswith("Error: there is no file day/*.jpg, and none that this")
    (desk / "day/a[1].png").write_bytes((desk / "day/a.png").read_bytes())
    assert "found/a[1].png" in infer("day/a[1].png")[2]


def test_a_video_in_the_output_folder_is_not_written_over(infer, desk):
    (desk / "found").mkdir()
    source = write_video(desk / "found/walk.mp4", crossing(3))
    before = source.read_bytes()
    code, out, err = infer("found/walk.mp4", "--json")
    assert code == 0, err
    assert source.read_bytes() == before
    assert json.loads(out)["videos"][0]["picture"] == "found/walk_0.mp4"
    assert len(read_video(desk / "found/walk_0.mp4")[0]) == 3
    assert sorted(path.name for path in (desk / "found").iterdir()) == [
        "frames.jsonl",
        "humans.json",
        "walk.mp4",
        "walk_0.mp4",
    ]


# What is broken


def test_a_video_that_is_cut_off_is_done_up_to_there(infer, desk):
    whole = write_video(desk / "walk.avi", crossing(40), codec="MJPG").read_bytes()
    (desk / "walk.avi").write_bytes(whole[: len(whole) // 2])
    code, out, err = infer("walk.avi", "--json")
    assert code == 0, err
    [entry] = json.loads(out)["videos"]
    assert 10 < entry["frames"] < 30
    assert (
        len(read_video(desk / "found/walk.mp4")[0]) == entry["frames"] == len(lines(desk / "found"))
    )
    said = f"walk.avi is cut off or damaged: {entry['frames']} of the 40 frames that its header"
    assert f"Warning: {said}" in err


@pytest.mark.parametrize("content", [b"no video\n" * 99, b"", None])
def test_what_is_no_video_is_one_sentence_and_costs_no_other(infer, desk, content):
    write_video(desk / "good.mp4", crossing(4))
    if content is None:  # an MP4's index is at its end
        content = (desk / "good.mp4").read_bytes()[:-300]
    (desk / "bad.mp4").write_bytes(content)
    code, out, err = infer("bad.mp4", "good.mp4", "--json")
    assert code == 0
    assert [entry["video"] for entry in json.loads(out)["videos"]] == ["good.mp4"]
    warnings = [line for line in err.splitlines() if line.startswith("Warning: ")]
    what = "not a video that can be read, or it is damaged" if content else "empty"
    assert f"skipped: bad.mp4 is {what}" in warnings[0]
    assert "1 of 2 videos were skipped" in warnings[1]
    for words in (("bad.mp4",), ("bad.mp4", "good.mp4", "--strict")):
        code, out, err = infer(*words)
        assert (code, out) == (2, "")
        assert [line for line in err.splitlines() if line.startswith(f"Error: bad.mp4 is {what}")]


def test_a_camera_that_is_not_there_is_one_sentence(infer, desk, monkeypatch):
    # As where the command line has silenced it when OpenCV was loaded already.
    monkeypatch.setenv("OPENCV_LOG_LEVEL", "SILENT")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_WARNING)
    code, _, err = infer("--camera", "87")
    assert code == 2
    [line] = err.splitlines()
    assert line.startswith("Error: there is no camera 87, or another program uses it")
    cv2.imwrite(str(desk / "1.png"), frame(60))
    code, _, err = infer("1.png", "--camera", "87")
    assert code == 0
    assert "Warning: skipped: there is no camera 87" in err
    assert "1 of 2 images and cameras were skipped" in err


def test_nothing_to_look_at_is_said(infer):
    code, _, err = infer()
    assert code == 2
    assert "Missing argument 'FILE...'" in err
    assert "--camera 0" in err


# What the file says of itself


def stretched(path: Path) -> None:
    """Let the second half of an MP4's frames be shown three times as long, in its table `stts`."""
    content = bytearray(path.read_bytes())
    table = content.index(b"stts")
    count, delta = struct.unpack(">II", content[table + 12 : table + 20])
    content[table + 8 : table + 20] = struct.pack(
        ">IIIII", 2, count // 2, delta, count - count // 2, 3 * delta
    )
    for box in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"):
        at = content.index(box) - 4
        content[at : at + 4] = struct.pack(">I", 8 + struct.unpack(">I", content[at : at + 4])[0])
    for box, offset in ((b"mvhd", 16), (b"tkhd", 20), (b"elst", 8), (b"mdhd", 16)):
        if (at := content.find(box) + 4 + offset) > offset + 4:  # durations, all twice as long
            length = struct.unpack(">I", content[at : at + 4])[0]
            content[at : at + 4] = struct.pack(">I", 2 * length)
    path.write_bytes(content)


def test_a_variable_frame_rate_is_said_and_the_true_times_are_kept(infer, desk):
    stretched(write_video(desk / "walk.mp4", crossing(20), rate=25))
    code, _, err = infer("walk.mp4")
    assert code == 0
    assert "the frames of walk.mp4 are 40 to 120 ms apart (variable frame rate)" in err
    times = [line["time"] for line in lines(desk / "found")]
    assert times[9:13] == pytest.approx([0.36, 0.4, 0.52, 0.64], abs=2e-3)
    assert len(read_video(desk / "found/walk.mp4")[0]) == 20
    assert infer("walk.mp4", "--quiet")[2].startswith("Warning: the frames of walk.mp4 are 40 to")


def test_a_header_that_counts_wrongly_is_said(infer, desk):
    content = bytearray(write_video(desk / "walk.avi", crossing(9), codec="MJPG").read_bytes())
    at = content.index(b"strh") + 8 + 32  # the stream's dwLength
    assert struct.unpack("<I", content[at : at + 4]) == (9,)
    content[at : at + 4] = struct.pack("<I", 10)
    (desk / "walk.avi").write_bytes(content)
    assert "the header of walk.avi counts 10 frames; there are 9" in infer("walk.avi")[2]


def test_odd_sides_lose_a_pixel_and_it_is_said(infer, desk):
    path = desk / "odd.gif"
    pictures = [Image.fromarray(frame(x)[:95, :159, ::-1].copy()) for x in (40, 60, 80)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100, loop=0)
    path.rename(desk / "odd.avi")
    code, _, err = infer("odd.avi")
    assert code == 0
    said = "odd.avi is 159x95: found/odd.mp4 has even sides only and is without the last column and"
    assert said in err
    assert [f.shape for f in read_video(desk / "found/odd.mp4")[0]] == [(94, 158, 3)] * 3


def test_a_video_that_was_taken_upright_is_seen_upright(infer, desk):
    """A telephone writes lying frames, and in `tkhd` how they are to be turned."""
    content = bytearray(write_video(desk / "tall.mp4", [(60,)] * 3).read_bytes())
    at = content.index(b"tkhd") + 4 + 40
    one = 1 << 16
    content[at : at + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 96 * one, 0, 1 << 30)
    (desk / "tall.mp4").write_bytes(content)
    assert infer("tall.mp4")[0] == 0
    assert read_video(desk / "found/tall.mp4")[0][0].shape == (160, 96, 3)


def test_names_that_are_not_utf8(infer, desk):
    name = os.fsdecode(b"caf\xe9.mp4")
    write_video(desk / "walk.mp4", crossing(3)).rename(desk / name)
    code, out, err = infer(desk, "--json")
    assert code == 0, err
    [entry] = json.loads(out)["videos"]
    assert entry["video"].endswith("caf\\xe9.mp4")
    assert len(read_video(desk / entry["picture"])[0]) == 3
