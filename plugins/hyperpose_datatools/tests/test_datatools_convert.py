"""`convert`: what both formats can carry comes back, what they cannot is said."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from coco_people import annotation, facing, write_annotations, write_images
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hyperpose_coco.skeleton import COCO
from hyperpose_core.cli import main
from hyperpose_core.data.raw import RawSplit
from hyperpose_core.errors import DataError, HyperposeError, InputError
from hyperpose_core.skeletons import Skeleton
from hyperpose_datatools.conversion import convert_annotations
from hyperpose_datatools.yolo.data_yaml import read_yaml
from hyperpose_datatools.yolo.places import find_images, label_of
from hyperpose_datatools.yolo.reader import read_yolo
from hyperpose_mpii.skeleton import MPII

quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture(scope="module")
def sizes(tmp_path_factory):
    """Images of several sizes, the largest as large as photographs are."""
    folder = tmp_path_factory.mktemp("sizes")
    found = {}
    for number, (width, height) in enumerate([(33, 77), (640, 427), (8000, 5001)], start=1):
        found[number] = width, height
        cv2.imwrite(str(folder / f"{number}.png"), np.zeros((height, width), np.uint8))
    return folder, found


def read(path: Path):
    return json.loads(Path(path).read_text())


def people_of(content):
    return {person["id"]: person for person in content["annotations"]}


coordinates = st.tuples(st.floats(0, 1, width=32), st.floats(0, 1, width=32), st.integers(0, 2))
persons = st.tuples(
    st.integers(1, 3),
    st.lists(coordinates, min_size=17, max_size=17),
    st.tuples(*[st.floats(0, 1, width=32)] * 4),
)


@quick
@given(st.lists(persons, max_size=6))
def test_coco_to_yolo_and_back_keeps_people(sizes, drawn):
    folder, found = sizes
    images = [
        {"id": i, "file_name": f"{i}.png", "width": w, "height": h} for i, (w, h) in found.items()
    ]
    people = []
    for number, (image, points, corners) in enumerate(drawn, start=1):
        size = np.array(found[image])
        keypoints = np.array(points)
        keypoints[:, :2] *= size
        keypoints[keypoints[:, 2] == 0] = 0
        (x0, x1), (y0, y1) = np.sort(corners[:2]) * size[0], np.sort(corners[2:]) * size[1]
        box = [float(v) for v in (x0, y0, x1 - x0, y1 - y0)]
        people.append({**annotation(number, image, keypoints), "bbox": box})
    people.sort(key=lambda person: person["image_id"])
    with tempfile.TemporaryDirectory() as place:
        source = write_annotations(Path(place, "people.json"), images, people)
        target, back = Path(place, "yolo"), Path(place, "back.json")
        convert_annotations(source, target, to="yolo", images=folder)
        convert_annotations(target, back, to="coco")
        content = read(back)
    assert [(i["id"], i["width"], i["height"]) for i in content["images"]] == [
        (i, w, h) for i, (w, h) in found.items()
    ]
    assert len(content["annotations"]) == len(people)
    for before, after in zip(people, content["annotations"], strict=True):
        width = max(found[before["image_id"]])
        assert after["image_id"] == before["image_id"]
        assert after["keypoints"][2::3] == before["keypoints"][2::3]
        np.testing.assert_allclose(
            after["keypoints"], before["keypoints"], rtol=0, atol=1e-6 * width
        )
        np.testing.assert_allclose(after["bbox"], before["bbox"], rtol=0, atol=1e-6 * width)
        assert after["num_keypoints"] == before["num_keypoints"]


def test_a_line_is_what_the_format_says(folder):
    write_images(folder / "photos", 1)  # 100 x 120
    points = np.zeros((17, 3))
    points[0], points[5] = (25, 30, 2), (50, 90, 1)
    source = write_annotations(
        folder / "a.json",
        [{"id": 1, "file_name": "1.jpg", "width": 100, "height": 120}],
        [{**annotation(1, 1, points), "bbox": [20, 24, 40, 72]}],
    )
    convert_annotations(source, folder / "yolo", to="yolo", images=folder / "photos", split="val")
    [line] = (folder / "yolo" / "labels" / "val" / "1.txt").read_text().splitlines()
    words = [float(word) for word in line.split()]
    assert words[:5] == [0, 0.4, 0.5, 0.4, 0.6]
    assert words[5:8] == [0.25, 0.25, 2]
    assert words[20:23] == [0.5, 0.75, 1]
    assert sum(words[8:20]) + sum(words[23:]) == 0
    data = read_yaml(folder / "yolo" / "data.yaml")
    assert (data.count, data.columns, data.flip, data.names) == (17, 3, COCO.flip, {0: "person"})
    assert find_images(data, "val").images == [folder / "yolo" / "images" / "val" / "1.jpg"]


def test_what_yolo_cannot_carry_is_said(folder, capsys):
    entries = write_images(folder / "photos", 2)
    points = facing()
    points[0] = 120, 5, 2
    people = [
        annotation(1, 1, points, segmentation=[[1, 1, 9, 1, 9, 9]]),
        annotation(2, 2, np.zeros((17, 3)), iscrowd=1),
        annotation(3, 2, np.zeros((17, 3)), bbox=[90, 100, 50, 10]),
    ]
    source = write_annotations(folder / "a.json", entries, people)
    words = ["convert", str(source), str(folder / "yolo"), "--to", "yolo"]
    assert main([*words, "--images", str(folder / "photos"), "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["lost"] == [
        "crowds: 1 (their people count as background)",
        "areas: 3",
        "segmentations: 1",
        "keypoints outside of images: 1",
        "parts of boxes outside of images: 2",
    ]
    assert "Lost: crowds: 1" in err
    first, second = read_yolo(folder / "yolo", "train").samples
    assert (first.keypoints[0, :, 2] > 0).sum() == 16
    assert second.boxes.tolist() == [[90, 100, 10, 10]], "a person without keypoints is one"


def test_splits_are_added_to_a_folder_of_the_same_skeleton(folder):
    entries = write_images(folder / "photos", 2)
    source = write_annotations(folder / "a.json", entries, [annotation(1, 1, facing())])
    for split, files in (("train", "link"), ("val", "copy")):
        convert_annotations(
            source, folder / "y", to="yolo", images=folder / "photos", split=split, files=files
        )
    assert set(read_yaml(folder / "y").splits) == {"train", "val"}
    assert (folder / "y" / "images" / "train" / "1.jpg").is_symlink()
    assert not (folder / "y" / "images" / "val" / "1.jpg").is_symlink()
    with pytest.raises(InputError, match="other keypoints"):
        convert_annotations(
            source, folder / "y", to="yolo", images=folder / "photos", skeleton="mpii"
        )
    # written again over itself: a link is replaced, its target is not touched
    convert_annotations(source, folder / "y", to="yolo", images=folder / "photos", files="copy")
    assert not (folder / "y" / "images" / "train" / "1.jpg").is_symlink()


def test_images_in_folders_of_their_own_keep_them(folder):
    write_images(folder / "photos" / "a", 1)
    write_images(folder / "photos" / "b", 1, seed=1)
    images = [
        {"id": i, "file_name": f"{name}/1.jpg", "width": 100, "height": 120}
        for i, name in enumerate("ab", start=7)
    ]
    source = write_annotations(folder / "x.json", images, [annotation(1, 8, facing())])
    convert_annotations(source, folder / "y", to="yolo", images=folder / "photos")
    assert not (folder / "y" / "labels" / "train" / "a" / "1.txt").read_text()
    done = convert_annotations(folder / "y" / "data.yaml", folder / "z.json", to="coco")
    back = read(folder / "z.json")
    assert [image["file_name"] for image in back["images"]] == ["a/1.jpg", "b/1.jpg"]
    assert [image["id"] for image in back["images"]] == [1, 2], "names do not say the ids"
    assert [person["image_id"] for person in back["annotations"]] == [2]
    assert done.image_root == folder / "y" / "images" / "train"


def test_coco_to_coco_keeps_crowds_regions_ids_and_areas(folder):
    entries = write_images(folder / "photos", 2)
    region = {"size": [120, 100], "counts": [5, 10, 11985]}
    people = [
        annotation(31, 1, facing(), segmentation=[[1, 1, 9, 1, 9, 9]], area=33.5),
        annotation(30, 2, np.zeros((17, 3)), iscrowd=1, segmentation=region),
    ]
    source = write_annotations(folder / "a.json", entries, people)
    done = convert_annotations(
        source, folder / "b.json", to="coco", images=folder / "photos", skeleton="coco"
    )
    assert done.lost == []
    before, after = people_of(read(source)), people_of(read(folder / "b.json"))
    assert after == before
    assert read(folder / "b.json")["images"] == entries
    assert read(folder / "b.json")["categories"][0]["skeleton"] == [
        [a + 1, b + 1] for a, b in COCO.limbs
    ]


def test_people_who_are_only_a_mask_become_a_crowd(folder):
    write_images(folder, 1)
    from hyperpose_coco import masks
    from hyperpose_coco.form.writer import write_coco
    from hyperpose_core.data.samples import Sample

    mask = masks.from_boxes([[10, 20, 30, 40]], 100, 120)
    one = np.float32(facing())[None]
    sample = Sample("x", folder / "1.jpg", 100, 120, one, np.array([[0, 0, 90, 100.0]]), mask)
    lost = write_coco(RawSplit("train", COCO, [sample]), folder / "c.json")
    person, crowd = read(folder / "c.json")["annotations"]
    assert person["area"] == pytest.approx(0.53 * 9000)
    assert (crowd["iscrowd"], crowd["bbox"], crowd["area"]) == (1, [10, 20, 30, 40], 1200)
    region = masks.region(crowd["segmentation"], 100, 120)
    assert masks.from_regions([region]) == mask
    assert [text.partition(" ")[0] for text in lost] == ["ids", "areas"]


def test_keypoints_convert_by_name_and_what_is_lost_is_named(folder):
    entries = write_images(folder / "photos", 1)
    source = write_annotations(folder / "a.json", entries, [annotation(1, 1, facing())])
    done = convert_annotations(
        source, folder / "b.json", to="coco", images=folder / "photos", skeleton="mpii"
    )
    assert done.lost[0] == "the keypoints nose, left_eye, right_eye, left_ear, right_ear: 5 points"
    assert done.lost[1] == "upper_neck, headtop are not annotated in the source"
    [person] = read(folder / "b.json")["annotations"]
    points = np.reshape(person["keypoints"], (16, 3))
    assert points[MPII.index("thorax")].tolist() == [50, 35, 2]
    assert points[MPII.index("left_ankle")].tolist() == [58, 110, 2]


def write_yolo_by_hand(folder, yaml, label, name="1"):
    write_images(folder / "images", 1)
    (folder / "labels").mkdir(exist_ok=True)
    (folder / "labels" / f"{name}.txt").write_text(label)
    (folder / "data.yaml").write_text(yaml)
    return folder


def test_a_dataset_of_somebody_else_is_read(folder):
    yaml = """
# own corner points, two numbers each
path: ../nowhere
train: images  # the same folder
val: [images]
kpt_shape: [2, 2]
names: ["dog", 'person']
kpt_names: {0: [snout, tail], 1: [a, b]}
"""
    write_yolo_by_hand(folder, yaml, "1 .5 .5 .2 .1  .4 .5 0 0\n\n0 .1 .1 .1 .1 .1 .1 .1 .1\n")
    for split in ("train", "val"):
        [sample] = read_yolo(folder, split).samples
        np.testing.assert_allclose(sample.boxes, [[40, 54, 20, 12]], rtol=1e-6)
        np.testing.assert_allclose(sample.keypoints, [[[40, 60, 2], [0, 0, 0]]], rtol=1e-6)
        assert read_yolo(folder, split).skeleton.keypoints == ("a", "b")
    (folder / "list.txt").write_text("./images/1.jpg\n")
    (folder / "data.yaml").write_text(yaml.replace("train: images", "train: list.txt"))
    assert (
        len(read_yolo(folder, "train", keypoints=Skeleton("two", ("c", "d"))).samples[0].boxes) == 1
    )


@pytest.mark.parametrize(
    ("yaml", "label", "words"),
    [
        ("kpt_shape: [17, 3]\nnames: [p]\ntrain: lost", "", "there is no"),
        ("kpt_shape: [17, 3]\nnames: [p]\nval: images", "", "no split 'train'"),
        ("names: [p]\ntrain: images", "", "'kpt_shape' is missing"),
        ("kpt_shape: [1e9, 3]\nnames: [p]\ntrain: images", "", "'kpt_shape'"),
        ("kpt_shape: [17, 3]\ntrain: images", "", "'names' is missing"),
        ("kpt_shape: [17, 3]\nnames: [a, b]\ntrain: images", "", "must be called person"),
        ("kpt_shape: [5, 3]\nnames: [p]\ntrain: images", "", "--keypoints"),
        ("kpt_shape: [2, 3]\nnames: [p]\ntrain: images\nkpt_names: [a, a]", "", "twice"),
        ("kpt_shape: [17, 3]\nnames: [p]\ntrain: images\nflip_idx: [1]", "", "'flip_idx'"),
        ("kpt_shape: [17, 3\nnames", "", "is not YAML"),
        ("- 1", "", "is no table"),
        ("kpt_shape: [17, 3]\nnames: [p]\ntrain: 5", "", "'train' is 5"),
        ("GOOD", "0 0 0 0", "line 1: 4 words; a line has 56 numbers"),
        ("GOOD", "\n0 " + "x " * 55, "line 2"),
        ("GOOD", "0 " + "nan " * 55, "line 1"),
        ("GOOD", "0 " + "0.5 " * 55, "visibility"),
    ],
)
def test_what_is_wrong_with_a_dataset_is_named(folder, yaml, label, words, capsys):
    good = "kpt_shape: [17, 3]\nnames: {0: p}\ntrain: images\n"
    write_yolo_by_hand(folder, good if yaml == "GOOD" else yaml, label)
    assert main(["convert", str(folder), str(folder / "o.json"), "--to", "coco"]) == 2
    assert words in capsys.readouterr().err
    assert not (folder / "o.json").exists()


@quick
@given(
    st.one_of(
        st.text(max_size=60),
        st.fixed_dictionaries(
            {},
            optional={
                key: st.recursive(
                    st.none()
                    | st.integers()
                    | st.floats()
                    | st.text(max_size=5)
                    | st.just("images"),
                    lambda inner: (
                        st.lists(inner, max_size=3)
                        | st.dictionaries(
                            st.integers(0, 2) | st.text(max_size=2), inner, max_size=2
                        )
                    ),
                    max_leaves=5,
                )
                for key in ("path", "train", "kpt_shape", "flip_idx", "names", "kpt_names")
            },
        ).map(json.dumps),
    ),
    st.text(alphabet="0123456789.e-+ \n nainf", max_size=80),
)
def test_any_text_is_read_or_is_an_error_that_says_so(tmp_path, yaml, label):
    write_yolo_by_hand(tmp_path, "", label)
    try:
        (tmp_path / "data.yaml").write_text(yaml, encoding="utf-8", errors="surrogateescape")
    except UnicodeEncodeError:
        return
    with contextlib.suppress(HyperposeError):
        read_yolo(tmp_path, "train")


def test_labels_are_where_the_last_folder_of_images_is_exchanged():
    assert label_of(Path("/images/x/images/a/b.jpg")) == Path("/images/x/labels/a/b.txt")
    assert label_of(Path("/photos/b.jpg")) == Path("/photos/b.txt")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["nothing", "x", "--to", "coco"], "cannot tell the format of nothing"),
        (
            ["a.json", "x", "--to", "coco-custom"],
            "unknown annotation_format 'coco-custom'",
        ),
        (["a.json", "x", "--to", "nonsense"], "nonsense"),
        (["a.json", "x", "--to", "coco"], "a.json"),
        (["a.json", "x", "--to", "coco", "--from", "nonsense"], "nonsense"),
        (["no.yaml", "x", "--to", "coco"], "cannot read no.yaml"),
    ],
)
def test_wrong_words_are_wrong_input(words, part, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["convert", *words]) == 2
    assert part in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_real_coco_to_yolo_and_back(shared_data, folder):
    source = shared_data / "coco" / "annotations" / "person_keypoints_val2017.json"
    images = shared_data / "coco" / "val2017"
    convert_annotations(source, folder / "y", to="yolo", images=images, split="val")
    done = convert_annotations(folder / "y", folder / "b.json", to="coco", split="val")
    assert (done.images, done.people) == (44, 160)
    before, after = read(source), read(folder / "b.json")
    assert {i["id"] for i in before["images"]} == {i["id"] for i in after["images"]}

    def by_image(content):
        found = {image["id"]: [] for image in content["images"]}
        for person in content["annotations"]:
            if not person["iscrowd"]:
                points = np.reshape(person["keypoints"], (17, 3)).astype(float)
                points[points[:, 2] == 0] = 0
                found[person["image_id"]].append((points, person["bbox"]))
        return found

    theirs, ours = by_image(before), by_image(after)
    for image, people in theirs.items():
        assert len(ours[image]) == len(people)
        for (points, box), (other, other_box) in zip(people, ours[image], strict=True):
            np.testing.assert_allclose(other, points, atol=1e-3)
            np.testing.assert_allclose(other_box, box, atol=1e-3)


def test_image_files_that_are_not_there_are_counted(folder):
    entries = write_images(folder / "photos", 2)
    source = write_annotations(folder / "a.json", entries, [annotation(1, 1, facing())])
    done = convert_annotations(source, folder / "yolo", to="yolo")
    assert done.lost[-1] == "image files that are not there: 2 (--images DIR says where)"
    assert "--images" not in str(convert_annotations(source, folder / "y2", to="yolo",
                                                     files="none").lost)  # fmt: skip


def test_one_of_several_categories_is_converted_under_its_name(folder, capsys):
    entries = write_images(folder / "photos", 1)
    source = write_annotations(folder / "a.json", entries, [annotation(1, 1, facing())])
    content = read(source)
    content["categories"] = [
        {"id": 1, "name": "cow", "keypoints": ["a", "b"]},
        {"id": 2, "name": "hen", "keypoints": ["c"]},
    ]
    content["annotations"][0] |= {"category_id": 2, "keypoints": [3, 4, 2]}
    source.write_text(json.dumps(content))
    words = ["convert", str(source), str(folder / "b.json"), "--to", "coco"]
    assert main(words) == 2
    assert "--category" in capsys.readouterr().err
    assert main([*words, "--category", "hen"]) == 0
    [category] = read(folder / "b.json")["categories"]
    assert (category["name"], category["keypoints"]) == ("hen", ["c"])
    convert_annotations(folder / "b.json", folder / "yolo", to="yolo", images=folder / "photos")
    assert read_yolo(folder / "yolo", "train").skeleton.name == "hen"
    words = ["convert", str(folder / "yolo"), str(folder / "c.json"), "--to", "coco"]
    assert main([*words, "--category", "hen"]) == 0
    assert main([*words, "--category", "cow"]) == 2
    assert "has no class 'cow': it has hen" in capsys.readouterr().err


def test_areas_that_were_made_up_stay_marked(folder):
    source = write_annotations(folder / "a.json", write_images(folder / "p", 1), [
        {**annotation(1, 1, facing()), "area": None}, annotation(2, 1, facing())])  # fmt: skip
    for target in ("b.json", "c.json"):
        done = convert_annotations(source, folder / target, to="coco")
        assert done.lost == ["areas are unknown: 1, estimated as 0.53 of the boxes"]
        made, given = read(folder / target)["annotations"]
        assert made["area_is_estimate"] is True
        assert "area_is_estimate" not in given
        source = folder / target


def test_nothing_to_convert_is_an_error(folder):
    source = write_annotations(folder / "a.json", [], [])
    with pytest.raises(DataError, match="no image in the split 'train'"):
        convert_annotations(source, folder / "b.json", to="coco")


@pytest.mark.parametrize("way", ["itself", "a link", "a hard link", "dots"])
def test_a_file_is_not_converted_into_itself(folder, way, capsys, monkeypatch):
    source = write_annotations(folder / "a.json", write_images(folder, 1), [])
    content = source.read_text()
    target = {"itself": source, "dots": folder / "x" / ".." / "a.json"}.get(way, folder / "b.json")
    (folder / "x").mkdir()
    if way == "a link":
        target.symlink_to("a.json")
    if way == "a hard link":
        target.hardlink_to(source)
    assert main(["convert", str(source), str(target), "--to", "coco"]) == 2
    assert "is what is converted" in capsys.readouterr().err
    assert source.read_text() == target.read_text() == content
    assert target.is_symlink() == (way == "a link")


@pytest.mark.parametrize("source", ["y", "y/data.yaml", "link"])
@pytest.mark.parametrize("target", ["y", "link"])
@pytest.mark.parametrize("files", ["link", "copy", "none"])
def test_a_folder_is_not_converted_into_itself(folder, source, target, files):
    data = write_annotations(folder / "a.json", write_images(folder, 1), [])
    convert_annotations(data, folder / "y", to="yolo")
    (folder / "link").symlink_to("y")
    for split in ("train", "val"):
        with pytest.raises(InputError, match="is what is converted"):
            convert_annotations(
                folder / source, folder / target, to="yolo", files=files, split=split
            )
    assert (folder / "y" / "images" / "train" / "1.jpg").samefile(folder / "1.jpg")


def test_what_lies_in_the_folder_that_is_converted_is_not_written_over(folder):
    data = write_annotations(folder / "a.json", write_images(folder, 1), [])
    convert_annotations(data, folder / "y", to="yolo")
    convert_annotations(folder / "y", folder / "y" / "b.json", to="coco")
    with pytest.raises(InputError, match="is there already, in the folder that is converted"):
        convert_annotations(folder / "y", folder / "y" / "b.json", to="coco")
    convert_annotations(data, folder / "y", to="yolo", files="copy")  # its own earlier result


BRACES = ["{}", "{x}", "{0.__class__}", "{", "%s %(x)s"]


@pytest.mark.parametrize("text", BRACES)
@pytest.mark.parametrize("to", ["coco", "yolo", "mpii"])
def test_braces_in_names_are_text(folder, text, to):
    names = [f"a{text}.jpg", f"a{text}.png"]
    content = {
        "images": [
            {"id": f"{text}{i}", "file_name": name, "width": 100, "height": 120, text: 1}
            for i, name in enumerate(names, start=1)
        ],
        "annotations": [],
        "categories": [{"id": 1, "name": f"cow {text}", "keypoints": list(MPII.keypoints)}],
    }
    source = folder / "a.json"
    source.write_text(json.dumps(content))
    target = folder / {"coco": "b.json", "yolo": "y", "mpii": "b.mat"}[to]
    lost = "; ".join(convert_annotations(source, target, to=to).lost)
    assert f"fields of images: {text} (2)" in lost
    assert to != "yolo" or f"from others: 1 (now png/a{text}.png)" in lost
    assert to != "mpii" or f"the category cow {text} of 2 images" in lost


@pytest.mark.parametrize("to", ["coco", "yolo", "mpii"])
@pytest.mark.parametrize("name", ["..", "x/..", "/", "//", "../.."])
def test_images_without_a_name_are_refused(folder, name, to, capsys):
    images = [
        {"id": i, "file_name": file, "width": 9, "height": 9}
        for i, file in ((1, "a.jpg"), (2, name))
    ]
    category = {"id": 1, "name": "person", "keypoints": list(MPII.keypoints)}
    content = {"images": images, "annotations": [], "categories": [category]}
    (folder / "a.json").write_text(json.dumps(content))
    target = folder / {"coco": "b.json", "yolo": "y", "mpii": "b.mat"}[to]
    assert main(["convert", str(folder / "a.json"), str(target), "--to", to]) == 2
    assert "1 images of" in (text := capsys.readouterr().err)
    assert "called as no file can be" in text
    assert not target.exists()


@pytest.mark.parametrize(
    ("target", "to", "words"),
    [
        ("", "coco", "TARGET is empty"),
        ("", "yolo", "TARGET is empty"),
        (".", "coco", "is a folder, and a file is written"),
        (".", "mpii", "is a folder, and a file is written"),
        ("a" * 300, "coco", "300 bytes in one part"),
        ("a" * 300, "yolo", "300 bytes in one part"),
        ("a\0b", "coco", "null byte"),
        ("a/" * 990 + "b.json", "coco", "990 folders"),
        ("c.json/x", "coco", "c.json is no folder; choose another TARGET"),
        ("c.json/x/y", "yolo", "c.json is no folder; choose another TARGET"),
        ("c.json", "yolo", "c.json is a file, and a folder is written"),
        ("y", "yolo", "y/labels/train: File exists; choose another one (TARGET)"),
        ("loop/x", "coco", "loop is no folder"),
        ("pipe", "coco", "no plain file and no folder"),
        ("pipe", "yolo", "no plain file and no folder"),
    ],
)
def test_targets_that_cannot_be_written_are_named(folder, target, to, words, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    entries = write_images(folder / "photos", 1)
    write_annotations(folder / "a.json", entries, [annotation(1, 1, facing())])
    (folder / "c.json").touch()
    (folder / "loop").symlink_to("loop")
    (folder / "y" / "labels").mkdir(parents=True)
    (folder / "y" / "labels" / "train").touch()
    os.mkfifo("pipe")
    before = sorted(folder.rglob("*"))
    assert main(["convert", "a.json", target, "--to", to]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert "failed:" not in error
    assert "--save-dir" not in error
    assert sorted(folder.rglob("*")) == before


def test_a_link_in_a_circle_is_a_name_like_another(folder):
    source = write_annotations(folder / "a.json", write_images(folder, 1), [])
    (folder / "loop.json").symlink_to("loop.json")
    convert_annotations(source, folder / "loop.json", to="coco")
    assert read(folder / "loop.json")["images"]


@pytest.mark.parametrize(
    ("source", "words"),
    [("", "SOURCE or TARGET is empty"), ("a" * 300, "300 bytes"), ("a\0.json", "null byte")],
)
def test_sources_that_no_file_can_be_are_named(folder, source, words, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    assert main(["convert", source, "b.json", "--to", "coco"]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert "failed:" not in error
