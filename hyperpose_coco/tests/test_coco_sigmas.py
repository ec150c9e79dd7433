"""Sigmas: measured on repeated annotations, written, and read back for a score."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperpose_coco.sigmas.estimate import Repeats, estimate_sigmas
from hyperpose_coco.sigmas.given import with_sigmas
from hyperpose_coco.skeleton import COCO
from hyperpose_core.cli import main
from hyperpose_core.errors import ConfigError, DataError
from hyperpose_core.skeletons.table import read_skeleton

NAMES = ("tip", "left_base", "right_base")
TRUE = np.array((0.02, 0.05, 0.11))


def people(count, times, seed=0, sigmas=TRUE, missing=0.0):
    """Return people of all sizes, marked with a noise of which sigma is the spread in both axes."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        area = rng.uniform(400, 90_000)
        middle = rng.uniform(0, 500, (1, len(sigmas), 2))
        noise = rng.normal(0, 1, (times, len(sigmas), 2)) * sigmas[:, None] / np.sqrt(2)
        points = np.full((times, len(sigmas), 3), 2.0)
        points[..., :2] = middle + noise * np.sqrt(area)
        points[rng.random((times, len(sigmas))) < missing] = 0
        found.append(Repeats(points, np.full(times, area)))
    return found


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.sampled_from([0.0, 0.3]))
def test_known_noise_gives_back_its_sigmas(seed, times, missing):
    found = estimate_sigmas(people(400, times, seed, missing=missing), NAMES)
    assert (np.abs(found.sigmas - TRUE) < 5.5 * found.errors).all()
    expected = found.sigmas / (2 * np.sqrt(found.repeats))
    assert found.errors == pytest.approx(expected, rel=0.4)
    assert (found.errors < 0.06 * TRUE).all()


def test_the_standard_error_says_how_far_estimates_spread():
    estimates = [estimate_sigmas(people(60, 2, seed), NAMES) for seed in range(200)]
    spread = np.std([e.sigmas for e in estimates], axis=0)
    assert np.mean([e.errors for e in estimates], axis=0) == pytest.approx(spread, rel=0.2)


def test_too_few_repeats_are_refused_by_name():
    few = people(29, 2)
    with pytest.raises(DataError, match=r"of 29 people: tip \(29\), left_base \(29\)"):
        estimate_sigmas(few, NAMES)
    assert estimate_sigmas(few, NAMES, least_repeats=29).people == 29
    with pytest.raises(DataError, match="tip"):
        estimate_sigmas(people(1, 2), NAMES, least_repeats=1)
    with pytest.raises(DataError, match="copies"):
        estimate_sigmas(people(40, 2, sigmas=np.zeros(3)), NAMES)


def entries(found, key, images):
    """Return annotations of repeated people, one list an annotator."""
    times = len(found[0].points)
    lists = [[] for _ in range(times)]
    for number, person in enumerate(found):
        for turn in range(times):
            entry = {
                "id": number + 1 if key == "id" else number * times + turn + 1,
                "image_id": number % images + 1,
                "category_id": 1,
                "keypoints": person.points[turn].ravel().tolist(),
                "bbox": [0, 0, 10, 10],
                "area": person.areas[turn],
                "iscrowd": 0,
            }
            entry |= {"attributes": {"object_id": number}} if key == "attributes" else {}
            entry |= {"object_id": number} if key == "object_id" else {}
            lists[turn].append(entry)
    return lists


def write(path, annotations, images=7, names=NAMES):
    category = {"id": 1, "name": "arrow", "keypoints": list(names), "skeleton": [[1, 2], [1, 3]]}
    content = {
        "images": [
            {"id": i + 1, "file_name": f"{i}.jpg", "width": 9, "height": 9} for i in range(images)
        ],
        "annotations": annotations,
        "categories": [category],
    }
    path.write_text(json.dumps(content))
    return str(path)


@pytest.mark.parametrize("key", ["id", "object_id", "attributes"])
def test_the_command_reads_repeats_and_writes_a_skeleton(tmp_path, capsys, key):
    found = people(50, 3)
    lists = entries(found, key, 7)
    if key == "id":
        files = [write(tmp_path / f"{n}.json", own) for n, own in enumerate(lists)]
    else:
        files = [write(tmp_path / "all.json", [e for own in lists for e in own])]
    out = tmp_path / "arrow.toml"
    assert main(["estimate-sigmas", *files, "--out", str(out), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    expected = estimate_sigmas(found, NAMES)
    assert document["people"] == 50
    assert [row["sigma"] for row in document["keypoints"]] == pytest.approx(
        expected.sigmas.tolist(), rel=1e-4
    )
    skeleton = read_skeleton(out)
    assert (skeleton.name, skeleton.keypoints) == ("arrow", NAMES)
    assert skeleton.limbs == ((0, 1), (0, 2))
    assert skeleton.sigmas == pytest.approx(expected.sigmas.tolist(), rel=0.02)
    assert main(["estimate-sigmas", *files]) == 0
    assert "right_base  " in capsys.readouterr().out
    for file in map(Path, files):
        file.write_text(file.read_text().replace("right_base", "\\u001b[2J\\nright"))
    assert main(["estimate-sigmas", *files]) == 0
    assert r"\x1b[2J\nright  " in capsys.readouterr().out


def test_files_without_repeats_say_how_they_are_told(tmp_path, capsys):
    (alone,) = entries(people(50, 1), "id", 7)
    file = write(tmp_path / "one.json", alone)
    assert main(["estimate-sigmas", file]) == 2
    assert "object_id" in capsys.readouterr().err
    other = write(tmp_path / "two.json", alone, names=("a", "b", "c"))
    assert main(["estimate-sigmas", file, other]) == 2
    assert "other keypoints" in capsys.readouterr().err


def test_a_skeleton_without_sigmas_is_not_scored_until_they_are_given(tmp_path, capsys):
    lists = entries(people(50, 2), "id", 7)
    truth, other = (write(tmp_path / f"{n}.json", own) for n, own in enumerate(lists))
    results = [
        {k: e[k] for k in ("image_id", "category_id", "keypoints")} | {"score": 1.0}
        for e in lists[1]
    ]
    (tmp_path / "results.json").write_text(json.dumps(results))
    words = ["score", str(tmp_path / "results.json"), "--dataset", "coco-custom"]
    words += ["--ground-truth", truth, "--json"]
    assert main(words) == 2
    assert "sigmas" in capsys.readouterr().err
    out = str(tmp_path / "arrow.toml")
    assert main(["estimate-sigmas", truth, other, "--out", out]) == 0
    capsys.readouterr()
    assert main([*words, "--sigmas", out]) == 0
    score = json.loads(capsys.readouterr().out)
    assert score["protocol"]["sigmas"] == f"from {out}"
    # Annotators agree with each other with an OKS of 0.8 in the mean.
    assert score["metrics"]["AP50"] > 0.9 > score["metrics"]["AP"]


@pytest.mark.parametrize("given", ["0.1,x", "0.1", [0.1] * 16, {"nose": 0.1}, "0,1", 5, "no.toml"])
def test_sigmas_that_do_not_fit_are_refused(given):
    with pytest.raises(ConfigError, match=r"sigmas|no\.toml"):
        with_sigmas(COCO, given)


def test_sigmas_of_other_keypoints_are_refused(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('keypoints = ["a"]\nsigmas = [0.1]\n')
    with pytest.raises(ConfigError, match="other keypoints"):
        with_sigmas(COCO, str(file))
    names = json.dumps(list(COCO.keypoints))
    file.write_text(f"keypoints = {names}\n")
    with pytest.raises(ConfigError, match="has no sigmas"):
        with_sigmas(COCO, str(file))
    assert with_sigmas(COCO, [0.1] * 17)[0].sigmas == (0.1,) * 17
    assert with_sigmas(COCO, None) == (COCO, "of the skeleton coco")
