"""What `hyperpose infer` writes of all that it sees, and the options that say what."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
import walkers
from walkers import crossing, frame, lines, read_video, write_video
from walkers import desk as desk
from walkers import infer as infer

from hyperpose_core.cli import main
from hyperpose_core.errors import HyperposeError
from hyperpose_core.support.messages import Messages
from hyperpose_infer.beside import Beside
from hyperpose_infer.finding import Finding
from hyperpose_infer.outputs import Wanted
from hyperpose_infer.writers.results import image_ids
from hyperpose_infer.writers.video import VideoFile


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="asks /proc for the memory")
def test_memory_is_flat_over_a_thousand_frames(infer, desk, monkeypatch):
    write_video(desk / "long.mp4", crossing(1000))
    monkeypatch.setenv("WALKERS_HEARD", str(desk / "heard.txt"))
    assert infer("long.mp4", "--smooth", "--format", "coco-like", "--quiet")[0] == 0
    heard = [line.split() for line in (desk / "heard.txt").read_text().splitlines()]
    assert {tuple(row[:2]) for row in heard} == {("long.mp4", "found/long.mp4")}
    assert [int(row[2]) for row in heard] == [len(line["people"]) for line in lines(desk / "found")]
    sizes = [int(row[3]) / 2**20 for row in heard]
    assert len(sizes) == len(read_video(desk / "found/long.mp4")[0]) == 1000
    assert max(sizes[900:]) - max(sizes[150:250]) < 6, sizes[::50]


def test_drawing_and_reading_go_on_beside_the_network(desk):
    """The first frame is not drawn before the network sees the third, nor is the source asked."""
    write_video(desk / "walk.mp4", crossing(6))
    predictor = walkers.predictor()
    predictor.config.eval.batch_size = 1
    third = threading.Event()
    calls: list[int] = []

    def network(images: np.ndarray) -> list[np.ndarray]:
        calls.append(len(images))
        if len(calls) == 3:
            third.set()
        return walkers.network(images)

    def draw(image, humans, *, numbers):
        assert third.wait(30), "the network waits for what is drawn"
        return image

    predictor.network = network
    finding = Finding(predictor, desk, Wanted(draw), lambda *_: None, Messages(quiet=True))
    finding([desk / "walk.mp4"], (), {})
    assert sum(calls) == 6


def test_work_beside_is_done_in_order_and_its_error_is_raised():
    done: list[int] = []

    def work(number: int) -> None:
        if number == 20:
            raise HyperposeError("no room")
        done.append(number)

    with pytest.raises(HyperposeError, match="no room"), Beside(work) as beside:
        any(map(beside, range(100)))
    assert done[:20] == list(range(20))
    with pytest.raises(HyperposeError), Beside(work) as beside:
        beside(20)


def test_results_are_those_of_the_dataset(infer, desk):
    for name in ("000000000139.png", "000000000285.png"):
        cv2.imwrite(str(desk / name), frame(60, 120))
    assert infer("000000000139.png", "000000000285.png", "--format", "Coco_Like")[0] == 0
    rows = json.loads((desk / "found/results.json").read_text())
    assert [row["image_id"] for row in rows] == [139, 139, 285, 285]
    write_video(desk / "walk.mp4", crossing(3))
    assert infer("walk.mp4", "--format", "coco-like")[0] == 0
    rows = json.loads((desk / "found/results.json").read_text())
    assert sorted({row["image_id"] for row in rows}) == [0, 1, 2]
    assert infer("walk.mp4", "000000000139.png", "--format", "coco-like")[0] == 0
    rows = json.loads((desk / "found/results.json").read_text())
    assert {row["image_id"] for row in rows} == {"walk/0", "walk/1", "walk/2", 139}


def test_results_in_which_nobody_was_found_are_an_empty_list(infer, desk):
    cv2.imwrite(str(desk / "empty.png"), frame())
    assert infer("empty.png", "--format", "coco-like")[0] == 0
    assert json.loads((desk / "found/results.json").read_text()) == []


def test_results_of_a_dataset_that_is_not_there_or_knows_other_keypoints(infer, desk):
    cv2.imwrite(str(desk / "1.png"), frame(60))
    code, _, err = infer("1.png", "--format", "coco")
    assert code == 2
    assert "have no keypoint in common" in err
    code, _, err = infer("1.png", "--format", "cocolike2")
    assert code == 2
    assert "unknown dataset 'cocolike2'" in err


def test_ids_of_images_are_unambiguous():
    assert image_ids([Path("a/007.jpg"), Path("b/12.png")]) == ([7, 12], True)
    assert image_ids([Path("a/007.jpg"), Path("b/x.png")]) == (["007", "x"], True)
    assert image_ids([Path("a/7.jpg"), Path("b/07.png")]) == (["7", "07"], True)
    assert image_ids([Path("a/x.jpg"), Path("b/x.png")]) == (["a/x.jpg", "b/x.png"], False)


def test_only_the_surest_people(infer, desk):
    cv2.imwrite(str(desk / "1.png"), frame(30, 80, 130))
    assert len(json.loads(infer("1.png", "--json")[1])["images"][0]["people"]) == 3
    [entry] = json.loads(infer("1.png", "--json", "--max-people", "1")[1])["images"]
    [person] = entry["people"]
    assert person["keypoints"]["head"][0] == pytest.approx(30, abs=4)
    [entry] = json.loads(infer("1.png", "--json", "--min-score", "0.975")[1])["images"]
    assert len(entry["people"]) == 2  # who is further right is less sure
    assert infer("1.png", "--max-people", "0")[0] == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--scales", "0"), "eval.scales"),
        (("--scales", "0.5,1"), "cannot be averaged over scales"),
        (("--flip",), "cannot be averaged over scales or mirrored"),
        (("--precision", "float8"), "eval.precision"),
        (("--batch-size", "0"), "eval.batch_size"),
        (("--min-score", "high"), "test.min_score"),
    ],
)
def test_options_that_are_short_for_settings_are_checked_as_these_are(infer, desk, words, says):
    cv2.imwrite(str(desk / "1.png"), frame(60))
    code, _, err = infer("1.png", *words)
    assert code == 2
    [line] = err.splitlines()
    assert line.startswith("Error: ")
    assert says in line


def test_the_network_sees_an_image_once_also_where_its_maps_are_shown(infer, desk):
    """And what is shown is its own: the red, green and blue of each image in its place."""
    for name, place in (("1.png", 20), ("2.png", 140)):
        cv2.imwrite(str(desk / name), frame(place))
    seen = seen_by_the_plugin()
    seen.clear()
    entries = json.loads(infer("1.png", "2.png", "--show-maps", "--json")[1])["images"]
    assert sum(seen) == 2
    left, right = (cv2.imread(entry["maps"])[24:, -320:, 2] > 100 for entry in entries)
    assert left.any(axis=0)[:80].any()
    assert not left.any(axis=0)[80:].any()
    assert right.any(axis=0)[240:].any()
    assert not right.any(axis=0)[:240].any()


def test_results_of_an_earlier_command_are_not_replaced_without_a_word(infer, desk):
    cv2.imwrite(str(desk / "1.png"), frame(60))
    said = "found: frames.jsonl and humans.json of an earlier command"
    assert said not in infer("1.png")[2]
    assert said in infer("1.png")[2]


def test_an_option_is_the_setting(desk, capfd):
    write_video(desk / "walk.mp4", crossing(10))
    for words in (("--batch-size", "5"), ("--set", "eval.batch_size=5")):
        walkers_seen = seen_by_the_plugin()
        walkers_seen.clear()
        assert main(["infer", "walk.mp4", "--model-file", "a.walkers", *words]) == 0
        assert walkers_seen == [5, 5]


def seen_by_the_plugin() -> list[int]:
    import hyperpose_walkers_plugin

    return hyperpose_walkers_plugin.seen


def test_numbers_are_drawn_and_written_where_people_are_tracked(infer, desk):
    for name in ("1.png", "2.png"):
        cv2.imwrite(str(desk / name), frame(60))
    plain = infer("1.png", "--json")
    picture = cv2.imread(str(desk / "found/1.png"))
    assert "number" not in plain[1]
    document = json.loads(infer("1.png", "2.png", "--json", "--track")[1])
    assert [entry["people"][0]["number"] for entry in document["images"]] == [1, 1]
    assert (cv2.imread(str(desk / "found/1.png")) != picture).any()


def test_a_recording_of_a_camera_lasts_as_long_as_what_it_shows(desk):
    video = VideoFile(desk / "live.mp4", 20, live=True)
    for number, time in enumerate((0.0, 0.01, 0.1, 0.5)):
        video.write(np.full((48, 64, 3), 60 * number, np.uint8), time)
    video.close()
    frames, rate = read_video(desk / "live.mp4")
    assert (len(frames), rate) == (11, 20)
    grey = [round(float(picture.mean()) / 60) for picture in frames]
    assert grey == [0, 2, 2] + [3] * 8 or grey == [0] + [2] * 2 + [3] * 8


def test_a_stream_is_recorded_and_no_recording_replaces_another(infer, desk):
    """OpenCV opens a file by its address as it opens a stream."""
    write_video(desk / "stream.mp4", crossing(5))
    address = str(desk / "stream.mp4")
    for _ in range(2):
        code, out, err = infer("--camera", address, "--json")
        assert code == 0, err
    [entry] = json.loads(out)["videos"]
    assert entry["camera"] == address
    assert len(list((desk / "found").glob("camera-*.mp4"))) == 2
    assert [line["frame"] for line in lines(desk / "found")] == [0, 1, 2, 3, 4]


def test_a_video_that_does_not_hold_what_was_written_is_an_error(desk):
    video = VideoFile(desk / "v.mp4", 20)
    video.write(frame(60), 0)
    video.frames = 7
    with pytest.raises(HyperposeError, match=r"v\.mp4: of 7 frames it holds 1"):
        video.close()
    assert not list(desk.glob("*v*.mp4"))


@pytest.mark.parametrize("rate", [66.667, 119.88, 13.157894, 23.976023976, 240, 1000, 0.5])
def test_every_rate_is_written(desk, rate):
    video = VideoFile(desk / "v.mp4", rate)
    for number in range(5):
        video.write(frame(20 + number), number / rate)
    video.close()
    frames, found = read_video(desk / "v.mp4")
    assert len(frames) == 5
    assert found == pytest.approx(rate, rel=1e-3)
