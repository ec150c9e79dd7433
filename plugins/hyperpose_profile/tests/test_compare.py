"""`hyperpose compare`: equal input, alternating order, official scores, the same people."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from marked import printed, refused
from marked import table as table
from marks import make_run

from hyperpose_core.cli import main
from hyperpose_core.errors import InputError
from hyperpose_core.inference import Predictor
from hyperpose_core.registry import get_registry
from hyperpose_profile.clock import Spread
from hyperpose_profile.comparing.compare import _Network, _turn
from hyperpose_profile.comparing.comparison import Against, Side
from hyperpose_profile.subjects import subject

PARTS = {"preprocessing", "network", "decoding", "whole"}


def test_a_run_against_itself_is_the_same_to_the_last_digit(table, capsys):
    found = printed(capsys, "compare", "marks", "marks", "--repeat", "2")
    first, second = found["models"]
    assert (first["name"], second["name"]) == ("marks", "marks (2)")
    assert first["metrics"] == second["metrics"] == {"AP": 1.0}
    against = second["against_first"]
    assert against["differences"] == {"AP": 0.0}
    assert against["people"] == {"people": 3, "found": 3, "matched": 3, "keypoints": 6, "near": 6}
    assert set(against["times_as_fast"]) == set(first["seconds"]) == PARTS
    for spread in (*against["times_as_fast"].values(), *first["seconds"].values()):
        assert 0 < spread["low"] <= spread["median"] <= spread["high"]
    assert found["images"] == found["protocol"]["images"] == 3
    assert "against_first" not in first


def test_the_score_is_that_of_eval(table, capsys):
    """Also on fewer images, where somebody is not found."""
    image = cv2.imread("pictures/0.png")
    cv2.imwrite("pictures/0.png", np.full_like(image, 100))
    for more in ((), ("--set", "eval.limit=2")):
        by_eval = printed(capsys, "eval", "--name", "marks", *more)
        [one, _] = printed(capsys, "compare", "marks", "marks", *more)["models"]
        assert one["metrics"] == by_eval["metrics"]
        assert 0 < one["metrics"]["AP"] < 1


def test_what_is_not_the_same_is_counted(table, capsys, monkeypatch):
    """A model that moves people by a pixel, and loses one."""
    plain, looks = Predictor.decode, []

    def decode(self, maps, view):
        people = plain(self, maps, view)
        looks.append(self)
        if self is looks[0]:
            return people
        for human in people:
            human.keypoints[:, 0] += 1
        # The last of its images, the warm-up not counted.
        return [] if looks.count(self) == 3 + 3 else people

    monkeypatch.setattr(Predictor, "decode", decode)
    found = printed(capsys, "compare", "marks", "marks")
    against = found["models"][1]["against_first"]
    assert against["differences"] == {"AP": -1.0}
    assert against["people"] == {"people": 3, "found": 2, "matched": 2, "keypoints": 4, "near": 0}


def test_times_as_fast_are_those_of_the_same_image():
    """A ratio of medians would be 5, and that of the other direction a tenth."""
    first, other = (Side(name, "", "", "", "", (1, 1), "box") for name in "ab")
    for seconds, slower in ((1.0, 10.0), (5.0, 10.0), (30.0, 10.0)):
        first.clock.rounds.append(dict.fromkeys(("preprocessing", "network", "decoding"), seconds))
        own = seconds / slower
        other.clock.rounds.append(dict.fromkeys(("preprocessing", "network", "decoding"), own))
    for spread in Against.of(first, other).faster.values():
        assert (spread.low, spread.median, spread.high) == (10.0, 10.0, 10.0)
    assert first.times["whole"] == Spread(15.0, 9.0, 52.5)


def test_the_parts_are_timed_apart(table, capsys, monkeypatch):
    plain = Predictor.decode

    def decode(self, maps, view):
        time.sleep(0.02)
        return plain(self, maps, view)

    def run(self, images):
        time.sleep(0.05)
        return self.network(images)

    monkeypatch.setattr(Predictor, "decode", decode)
    timed = lambda self, images: self.seconds("network", lambda: run(self, images))  # noqa: E731
    monkeypatch.setattr(_Network, "__call__", timed)
    start = time.perf_counter()
    found = printed(capsys, "compare", "marks", "marks", "--repeat", "4")
    elapsed = time.perf_counter() - start
    for one in found["models"]:
        times = {part: spread["median"] for part, spread in one["seconds"].items()}
        assert times["network"] >= 0.05
        assert times["decoding"] >= 0.02
        assert times["whole"] >= 0.07
    # What is counted twice would be more than there was.
    assert sum(12 * one["seconds"]["whole"]["low"] for one in found["models"]) < elapsed


def test_every_model_is_the_first_and_the_last_equally_often():
    for count in (2, 3, 5):
        orders = [tuple(_turn(range(count), number)) for number in range(4 * count)]
        for place in (0, -1):
            assert set(Counter(order[place] for order in orders).values()) == {4}
        assert all(sorted(order) == list(range(count)) for order in orders)


def test_both_see_the_same_pixels(table, capsys, monkeypatch):
    seen: dict[int, list] = {}
    plain = Predictor.maps

    def maps(self, image):
        seen.setdefault(id(self), []).append(np.array(image))
        return plain(self, image)

    monkeypatch.setattr(Predictor, "maps", maps)
    printed(capsys, "compare", "marks", "marks", "--limit", "2")
    one, other = seen.values()
    assert len(one) == len(other) == 3 + 2
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_table_says_what_was_measured_and_how(table, capsys):
    assert main(["compare", "marks", "marks", "--quiet"]) == 0
    got = capsys.readouterr()
    rows = got.out.splitlines()
    assert rows[0].split() == ["marks", "marks", "(2)"]
    assert ["AP", "1.000", "1.000", "(+0.000)"] in [row.split() for row in rows]
    assert any("3 of 3" in row for row in rows)
    assert "on 3 images of Marked val, in an order that alternates" in got.out
    assert got.err == ""


def test_the_best_model_and_folders_are_named(table, capsys):
    run = table / "save_dir" / "marks"
    shutil.copy(run / "model_dir/newest_model.npz", run / "model_dir/best_model.npz")
    found = printed(capsys, "compare", "marks:best", str(run), "--limit", "1")
    assert [one["origin"] for one in found["models"]] == [
        "a run, its best model",
        "a run, its newest model",
    ]


def test_an_image_that_cannot_be_read_counts_as_one_without_people(table, capsys):
    Path("pictures/1.png").write_bytes(b"nothing")
    assert main(["compare", "marks", "marks"]) == 0
    got = capsys.readouterr()
    assert "counts as an image in which nobody was found" in got.err
    assert "1 of 3 images could not be read" in got.out
    assert ["AP", "0.667", "0.667", "(+0.000)"] in [row.split() for row in got.out.splitlines()]
    for number in (0, 2):
        Path(f"pictures/{number}.png").write_bytes(b"nothing")
    assert main(["compare", "marks", "marks"]) == 2
    assert "none of the 3 images can be read" in capsys.readouterr().err


def test_other_keypoints_are_not_compared(table, capsys):
    make_run(table / "save_dir", **{"model.name": "half", "model.skeleton": "half"})
    line = refused(capsys, "compare", "marks", "half", "--dataset", "Marked", "--data", "pictures")
    assert "marks and half cannot be compared on marks" in line
    assert "of its 2 keypoints they find 2 and 1, only one of them green" in line


def test_without_a_common_dataset_one_is_asked_for(table, capsys):
    make_run(table / "save_dir", **{"model.name": "drawn"})
    line = refused(capsys, "compare", "marks", "drawn")
    assert "Name one with --dataset" in line
    assert "that of marks is Marked" in line
    assert "that of drawn is Synthetic" in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("marks",), "name two to compare, or more; got marks alone"),
        (("marks", "nobody"), "'nobody' is no trained run, neither in ./save_dir, which has marks"),
        (("marks", "marks:litert"), "behind a run's name stands newest or best"),
        (("marks", "marks:best"), "has no best_model.npz"),
        (("marks", "marks", "--threads", "4000"), "--threads is at most"),
    ],
)
def test_wrong_input_is_one_sentence(table, capsys, words, said):
    assert said in refused(capsys, "compare", *words)


def test_a_runtime_that_is_not_there_is_named_with_those_that_are(table):
    Path("lw.onnx").write_bytes(b"")
    Path("lw.onnx.json").write_text("{}")
    with pytest.raises(InputError, match=r"onnxrntime.*did you mean 'onnxruntime'"):
        subject("lw.onnx:onnxrntime", "save_dir", get_registry())
    found = subject("lw.onnx:OpenVINO", "save_dir", get_registry())
    assert (found.file, found.runtime) == (Path("lw.onnx"), "openvino")
