"""YOLO-pose as people have it: what is read, what is kept, and that what is lost is counted."""

from __future__ import annotations

import json
import os
import signal
import struct
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from coco_people import annotation, facing, write_annotations, write_images

from hyperpose_core.data.raw import RawSample, RawSplit
from hyperpose_core.errors import DataError, InputError
from hyperpose_core.skeletons import Skeleton
from hyperpose_datatools.conversion import convert_annotations
from hyperpose_datatools.yolo.data_yaml import read_yaml
from hyperpose_datatools.yolo.orientation import orientation
from hyperpose_datatools.yolo.reader import read_yolo
from hyperpose_datatools.yolo.writer import write_yolo

LINE = "0 .5 .5 .4 .4 .4 .4 2 .5 .5 2 .6 .6 2\n"
PIG = "kpt_shape: [3, 3]\nnames: [pig]\nkpt_names: {0: [snout, ear1, ear2]}\n"


def dataset(folder: Path, images: dict[str, str], yaml: str = f"train: images\n{PIG}") -> Path:
    """Write a data.yaml, and pictures with the labels of each, in `images` and `labels`."""
    for name, label in images.items():
        picture(folder / "images" / name)
        path = (folder / "labels" / name).with_suffix(".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(label)
    (folder / "data.yaml").write_text(yaml)
    return folder


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _, content = cv2.imencode(
        ".png" if path.suffix == ".gif" else path.suffix, np.zeros((100, 100, 3), np.uint8)
    )
    path.write_bytes(content.tobytes())


def split_of(folder: Path, *entries: tuple[str, int], skeleton=None) -> RawSplit:
    """Return a split of one person an image, whose first keypoint is at x."""
    skeleton = skeleton or Skeleton("pig", ("a", "b", "c"))
    samples = []
    for number, (name, x) in enumerate(entries, start=1):
        points = np.float32([[[x, 20, 2], [40, 40, 1], [0, 0, 0]]])
        boxes = np.float32([[10, 10, 50, 50]])
        samples.append(RawSample(number, folder / name, 100, 100, points, boxes))
    return RawSplit("train", skeleton, samples, "pig")


def xs(split: RawSplit) -> dict[str, list[float]]:
    """Return the x of everybody's first keypoint by the name of the image file."""
    return {s.path.name: s.keypoints[:, 0, 0].round(3).tolist() for s in split.samples}


@pytest.mark.parametrize("names", ["{0: [x, y, z], 1: [a, b, c]}", "{dog: [x], hen: [a, b, c]}"])
def test_keypoints_are_named_as_those_of_the_class_that_is_read(tmp_path, names):
    yaml = f"train: images\nkpt_shape: [3, 3]\nnames: [dog, hen]\nkpt_names: {names}\n"
    dataset(tmp_path, {"1.png": LINE + "1" + LINE[1:]}, yaml)
    with pytest.raises(DataError, match="--category"):
        read_yolo(tmp_path, "train")
    split = read_yolo(tmp_path, "train", category="hen")
    assert (split.skeleton.keypoints, split.category) == (("a", "b", "c"), "hen")
    assert split.lost == ("objects of other classes: 1 (dog)",)
    with pytest.raises(DataError, match="has no class 'cow': it has dog, hen"):
        read_yolo(tmp_path, "train", category="cow")


def test_names_of_another_class_are_no_names(tmp_path):
    yaml = "train: images\nkpt_shape: [3, 3]\nnames: [dog, person]\nkpt_names: {0: [x, y, z]}\n"
    dataset(tmp_path, {"1.png": LINE}, yaml)
    with pytest.raises(DataError, match="does not name its 3 keypoints"):
        read_yolo(tmp_path, "train")


@pytest.mark.parametrize("files", ["copy", "link"])
def test_images_that_differ_in_their_ending_only_keep_their_people(tmp_path, files):
    entries = [("cat.jpg", 10), ("cat.png", 20), ("cat.bmp", 30), ("png/cat.jpg", 40)]
    for name, _ in entries:
        picture(tmp_path / "photos" / name)
    split = split_of(tmp_path / "photos", *entries)
    lost = write_yolo(split, tmp_path / "y", files=files)
    [words] = [text for text in lost if text.startswith("names of images")]
    assert words.startswith("names of images that differ in the ending only from others: 3 (now ")
    again = read_yolo(tmp_path / "y", "train")
    assert len(again.samples) == 4
    assert sorted(x for found in [s.keypoints[:, 0, 0].tolist() for s in again.samples]
                  for x in found) == [10, 20, 30, 40]  # fmt: skip
    for sample in again.samples:
        kept = [x for name, x in entries if Path(name).suffix == sample.path.suffix]
        assert sample.keypoints[0, 0, 0] in kept, "each with the people of its own"
    assert again.lost == ()


@pytest.mark.parametrize(
    "name",
    [
        *(f"{'a' * 300}.png", "a" * 254, "a/" * 2000 + "b.png", "a/" * 990 + "b.png"),
        *("a\0.png", "\ud800.png"),
    ],
)
def test_names_that_no_file_can_have_are_named_before_anything_is_written(tmp_path, name):
    split = split_of(tmp_path / "photos", ("1.png", 10), (name, 30))
    with pytest.raises(DataError, match=r"an image is called .* nothing was written"):
        write_yolo(split, tmp_path / "y", files="none")
    assert not (tmp_path / "y").exists()


def test_two_entries_of_one_image_are_its_people(tmp_path):
    picture(tmp_path / "photos" / "1.png")
    split = split_of(tmp_path / "photos", ("1.png", 10), ("1.png", 30))
    lost = write_yolo(split, tmp_path / "y")
    assert any(text.startswith("entries of an image that is there before: 1") for text in lost)
    assert xs(read_yolo(tmp_path / "y", "train")) == {"1.png": [10, 30]}


def test_flip_idx_is_kept_where_names_do_not_say_it(tmp_path):
    dataset(tmp_path, {"1.png": LINE}, f"train: images\nflip_idx: [0, 2, 1]\n{PIG}")
    convert_annotations(tmp_path, tmp_path / "again", to="yolo")
    assert read_yaml(tmp_path / "again").flip == (0, 2, 1)
    done = convert_annotations(tmp_path, tmp_path / "a.json", to="coco")
    assert any("change places in a mirrored image: 1" in text for text in done.lost)
    convert_annotations(tmp_path / "a.json", tmp_path / "back", to="yolo")
    assert read_yaml(tmp_path / "back").flip == (0, 2, 1)


def test_flip_idx_that_contradicts_the_names_is_said(tmp_path):
    names = "kpt_shape: [3, 3]\nnames: [pig]\nkpt_names: {0: [snout, left_ear, right_ear]}\n"
    dataset(tmp_path, {"1.png": LINE}, f"train: images\nflip_idx: [0, 1, 2]\n{names}")
    split = read_yolo(tmp_path, "train")
    assert split.skeleton.flip == (0, 2, 1)
    assert split.lost == (
        "flip_idx of left_ear, right_ear: their names say what changes places with what",
    )
    (tmp_path / "data.yaml").write_text(f"train: images\nflip_idx: [1, 2, 0]\n{PIG}")
    with pytest.raises(DataError, match="must exchange pairs"):
        read_yolo(tmp_path, "train")


def test_paths_are_found_as_the_tools_of_the_format_find_them(tmp_path):
    for part in ("train", "valid"):
        dataset(tmp_path / part, {"1.png": LINE})
    yaml = f"train: ../train/images\nvalidation: ../valid/images\n{PIG}"
    (tmp_path / "data.yaml").write_text(yaml)
    for split in ("train", "val"):
        assert xs(read_yolo(tmp_path, split)) == {"1.png": [40]}
    # where the path as it stands is there too, it is the one that is meant
    (tmp_path / "train" / "data.yaml").write_text(f"train: ../valid/images\n{PIG}")
    [sample] = read_yolo(tmp_path / "train", "train").samples
    assert sample.path.parent.parent.name == "valid"


def test_images_of_every_usual_ending_are_read_and_other_files_counted(tmp_path):
    names = [f"{ending}.{ending}" for ending in ("jpg", "JPEG", "webp", "tif", "tiff", "bmp")]
    dataset(tmp_path, dict.fromkeys(names, LINE))
    (tmp_path / "images" / "raw.cr2").write_bytes(b"II*")
    (tmp_path / "images" / "labels.cache").write_bytes(b"")
    split = read_yolo(tmp_path, "train")
    assert set(xs(split)) == set(names)
    assert all(len(sample.keypoints) == 1 for sample in split.samples)
    assert split.lost == ("files whose names are not those of images: 1 (raw.cr2)",)


def test_labels_beside_their_images_are_found(tmp_path):
    """Also below a folder `images`, in whose place there is no `labels`."""
    folder = tmp_path / "images" / "pigs"
    for part in ("day", "images"):
        picture(folder / part / "1.png")
        (folder / part / "1.txt").write_text(LINE)
        (folder / part / "classes.txt").write_text("pig\n")
    (folder / "data.yaml").write_text(f"train: [day, images]\n{PIG}")
    split = read_yolo(folder, "train")
    assert [len(sample.keypoints) for sample in split.samples] == [1, 1]
    assert split.lost == ()


def test_images_and_labels_that_do_not_belong_together_are_counted(tmp_path):
    dataset(tmp_path, {"a.png": LINE, "b.png": LINE, "b.jpg": LINE, "gone.png": LINE})
    picture(tmp_path / "images" / "nobody.png")
    picture(tmp_path / "images" / "c.png")
    (tmp_path / "images" / "gone.png").unlink()
    without, shared, alone = read_yolo(tmp_path, "train").lost
    assert without.startswith(
        "images without a label file: 2 of 5, taken as images in which nobody is (c.png, nobody.png"
    )
    assert shared == "labels that several images share: 1, read for each (b.txt)"
    assert alone == "labels without an image: 1 (gone.txt)"


def test_a_byte_order_mark_is_read_over_wherever_there_is_text(tmp_path):
    mark = "\ufeff"
    dataset(tmp_path, {"1.png": mark + LINE})
    yaml = "train: list.txt\nkpt_shape: [3, 3]\nnames: [pig]\n"
    (tmp_path / "data.yaml").write_text(mark + yaml)
    (tmp_path / "list.txt").write_text(f"{mark}./images/1.png\n")
    (tmp_path / "pig.toml").write_text(f'{mark}keypoints = ["snout", "ear1", "ear2"]\n')
    target = tmp_path / "a.json"
    convert_annotations(tmp_path, target, to="coco", keypoints=str(tmp_path / "pig.toml"))
    content = target.read_text()
    assert len(json.loads(content)["annotations"]) == 1
    target.write_text(mark + content)
    assert convert_annotations(target, tmp_path / "b.json", to="coco").people == 1
    again = json.loads((tmp_path / "b.json").read_text())
    assert again["annotations"] == json.loads(content)["annotations"]


def turned_jpeg(path: Path, number: int) -> tuple[float, float]:
    """Write a lying photograph with a red square, and return where it is in the shown picture.

    OpenCV, which turns photographs as their EXIF orientation says, is asked where that is.
    """
    image = np.full((60, 120, 3), 255, np.uint8)
    image[9:14, 21:26] = 0, 0, 255
    _, content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 100])
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, number, 0)
    tiff = b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)
    exif = b"Exif\0\0" + tiff
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    data = content.tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data[:2] + segment + data[2:])
    shown = cv2.imread(str(path)).astype(int)
    rows, columns = np.nonzero((shown[..., 2] > 150) & (shown[..., 0] < 100))
    return float(columns.mean()), float(rows.mean())


@pytest.mark.parametrize("number", range(1, 9))
def test_labels_of_photographs_that_are_stored_turned_are_at_the_same_pixels(tmp_path, number):
    x, y = turned_jpeg(tmp_path / "images" / "1.jpg", number)
    assert orientation(tmp_path / "images" / "1.jpg") == number
    width, height = (60, 120) if number > 4 else (120, 60)
    box = f"{x / width:.8f} {y / height:.8f} {5 / width:.8f} {5 / height:.8f}"
    line = f"0 {box} {x / width:.8f} {y / height:.8f} 2 0.00000000 0.00000000 0"
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "1.txt").write_text(line + "\n")
    yaml = "train: images\nkpt_shape: [2, 3]\nnames: [dot]\nkpt_names: [a, b]\n"
    (tmp_path / "data.yaml").write_text(yaml)
    split = read_yolo(tmp_path, "train")
    [sample] = split.samples
    assert (sample.width, sample.height) == (120, 60)
    np.testing.assert_allclose(sample.keypoints[0], [[23, 11, 2], [0, 0, 0]], atol=0.2)
    corner = sample.boxes[0, :2] + sample.boxes[0, 2:] / 2
    np.testing.assert_allclose(corner, [23, 11], atol=1.2)
    assert (split.lost != ()) == (number != 1)
    write_yolo(split, tmp_path / "again")
    label = (tmp_path / "again" / "labels" / "train" / "1.txt").read_text()
    np.testing.assert_allclose(
        [float(word) for word in label.split()],
        [float(word) for word in line.split()],
        atol=1e-6,
    )


def test_annotations_of_the_shown_picture_stay_as_they_are(tmp_path):
    """A labelling tool that shows the photograph upright writes its size as it is shown."""
    x, y = turned_jpeg(tmp_path / "1.jpg", 6)
    points, boxes = np.float32([[[x, y, 2]]]), np.float32([[0, 0, 60, 120]])
    sample = RawSample(1, tmp_path / "1.jpg", 60, 120, points, boxes)
    write_yolo(RawSplit("train", Skeleton("dot", ("a",)), [sample], "dot"), tmp_path / "y")
    words = (tmp_path / "y" / "labels" / "train" / "1.txt").read_text().split()
    np.testing.assert_allclose([float(v) for v in words[5:7]], [x / 60, y / 120], atol=1e-6)


def test_a_second_split_keeps_the_first_wherever_its_images_are(tmp_path):
    for part in ("day", "night"):
        dataset(tmp_path / part, {"1.png": LINE})
    root = tmp_path / "all"
    root.mkdir()
    yaml = f"path: ..\ntrain: [day/images, night/images]\n{PIG}"
    (root / "data.yaml").write_text(yaml)
    assert len(read_yolo(root, "train").samples) == 2
    split = RawSplit("val", *list(vars(read_yolo(root, "train")).values())[1:])
    write_yolo(split, root)
    assert [len(read_yolo(root, name).samples) for name in ("train", "val")] == [2, 2]
    assert read_yolo(root, "train").lost == ()
    for wrong in (yaml.replace("[pig]", "[pig, cow]"), yaml + "flip_idx: [1, 0, 2]\n"):
        (root / "data.yaml").write_text(wrong)
        with pytest.raises((InputError, DataError), match=r"another folder|--category"):
            write_yolo(split, root)
        assert (root / "data.yaml").read_text() == wrong


def test_labels_of_an_earlier_conversion_are_counted(tmp_path):
    for name in ("1.png", "2.png"):
        picture(tmp_path / "photos" / name)
    write_yolo(split_of(tmp_path / "photos", ("1.png", 10), ("2.png", 20)), tmp_path / "y")
    lost = write_yolo(split_of(tmp_path / "photos", ("1.png", 10)), tmp_path / "y")
    assert lost == ["labels that were there before and stay: 1"]


def test_limbs_ids_and_sizes_that_go_missing_are_counted(tmp_path):
    picture(tmp_path / "photos" / "7.png")
    skeleton = Skeleton("pig", ("a", "b", "c"), ((0, 1), (1, 2)))
    split = split_of(tmp_path / "photos", ("7.png", 10), skeleton=skeleton)
    split.samples[0].width = 200
    assert write_yolo(split, tmp_path / "y") == [
        "limbs: 2 (YOLO names keypoints only)",
        "images of another size than annotated: 1",
        "ids of images: 1 (YOLO has names only)",
    ]


@pytest.mark.parametrize("number", [1, 1.0, "1"])
def test_what_is_not_read_of_a_json_file_is_counted(tmp_path, number):
    entries = write_images(tmp_path, 2)
    people = [annotation(1, 1, facing(), attributes={"age": 3}), annotation(2, 2, facing()),
              {**annotation(3, 2, facing()), "category_id": 2}]  # fmt: skip
    source = write_annotations(tmp_path / "a.json", [{**e, "license": 1} for e in entries], people)
    content = json.loads(source.read_text())
    content["categories"].append({"id": 2, "name": "cow"})
    for person in content["annotations"][:2]:
        person["category_id"] = number
    source.write_text(json.dumps({**content, "licenses": [{"id": 1}], "videos": []}))
    done = convert_annotations(source, tmp_path / "b.json", to="coco")
    assert done.lost == [
        "annotations of other categories: 1",
        "fields of images: license (2)",
        "fields of annotations: attributes (1)",
        "fields of the file: licenses (1)",
    ]


@pytest.mark.parametrize("length", [0, 1])
def test_a_picture_with_a_segment_of_no_length_is_upright(tmp_path, length):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe1" + struct.pack(">H", length) + b"Exif\0\0" * 9)
    assert orientation(path) == 1


@pytest.mark.parametrize(
    ("yaml", "listed", "words"),
    [
        (f"train: {'a' * 5000}", "", "File name too long"),
        ("train: list.txt", "a" * 5000, "File name too long"),
        ("train: list.txt", "a\0b", "null byte"),
        ("train: list.txt", f"{'a' * 252}.x", "cannot read the image"),
        *(
            ("train: list.txt", n, "ends in no name of a file")
            for n in ("/", "//", "..", "x/../..")
        ),
    ],
)
def test_names_that_no_file_has_are_named(tmp_path, yaml, listed, words):
    folder = dataset(tmp_path, {}, f"{yaml}\n{PIG}")
    (folder / "list.txt").write_text(listed)
    with pytest.raises(DataError, match=words):
        read_yolo(folder, "train")


def test_a_path_that_no_folder_has_is_the_folder_of_the_file(tmp_path):
    folder = dataset(tmp_path, {"a.png": LINE}, f"path: {'a' * 5000}\ntrain: images\n{PIG}")
    assert len(read_yolo(folder, "train").samples) == 1


def merged(times: int, tables: int) -> str:
    """Write tables of which each is merged into the next so many times."""
    rows = [f"t{n}: &t{n} {{<<: [{', '.join([f'*t{n - 1}'] * times)}]}}" for n in range(1, tables)]
    return "\n".join(["t0: &t0 {x: 1}", *rows, ""])


def test_tables_that_are_merged_over_and_over_are_refused(tmp_path):
    folder = dataset(tmp_path, {}, f"{merged(9, 30)}train: images\n{PIG}")
    with pytest.raises(DataError, match="merged over and over"):
        read_yolo(folder, "train")


def test_a_long_table_and_a_table_that_is_merged_are_read(tmp_path):
    long = "".join(f"  {n}: name\n" for n in range(20_000))
    yaml = f"{merged(2, 5)}train: images\ntable:\n{long}{PIG}"
    assert len(read_yolo(dataset(tmp_path, {"a.png": LINE}, yaml), "train").samples) == 1


@pytest.mark.parametrize("first", ["link", "copy"])
@pytest.mark.parametrize("second", ["link", "copy"])
@pytest.mark.parametrize("way", ["", "a link to "])
def test_images_that_are_where_they_are_to_be_stay_readable(tmp_path, first, second, way):
    picture(tmp_path / "photos" / "1.png")
    content = (tmp_path / "photos" / "1.png").read_bytes()
    write_yolo(split_of(tmp_path / "photos", ("1.png", 10)), tmp_path / "y", files=first)
    place = tmp_path / "y" / "images" / "train"
    if way:
        (tmp_path / "other").symlink_to(place)
    source = tmp_path / "other" if way else place
    write_yolo(split_of(source, ("1.png", 20)), tmp_path / "y", files=second)
    assert (place / "1.png").read_bytes() == content
    assert (tmp_path / "photos" / "1.png").read_bytes() == content
    assert (place / "1.png").is_symlink() == (first == second == "link")
    assert [path.name for path in place.iterdir()] == ["1.png"]
    assert xs(read_yolo(tmp_path / "y", "train")) == {"1.png": [20]}


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("first", ["link", "copy"])
@pytest.mark.parametrize("second", ["link", "copy", "none"])
def test_other_images_of_the_same_names_are_not_replaced(tmp_path, first, second):
    for day in ("monday", "friday"):
        picture(tmp_path / day / "1.png")
    other = tmp_path / "friday" / "1.png"
    other.write_bytes(other.read_bytes() + b"more")
    write_yolo(split_of(tmp_path / "monday", ("1.png", 10)), tmp_path / "y", files=first)
    before = tree(tmp_path)
    for name in ("0.png", "2.png"):
        picture(tmp_path / "friday" / name)
    split = split_of(tmp_path / "friday", ("0.png", 10), ("1.png", 20), ("2.png", 30))
    with pytest.raises(InputError, match=r"other images of the same names, 1 \(1.png\)"):
        write_yolo(split, tmp_path / "y", files=second)
    assert {**tree(tmp_path), **before} == tree(tmp_path)
    assert set(tree(tmp_path / "y")) == {"data.yaml", "images/train/1.png", "labels/train/1.txt"}


@pytest.mark.parametrize("first", ["link", "copy", "none"])
@pytest.mark.parametrize("second", ["link", "copy", "none"])
def test_a_conversion_is_repeated_onto_its_own_result(tmp_path, first, second):
    for day in ("monday", "the same pictures"):
        picture(tmp_path / day / "1.png")
    for day in ("monday", "monday", "the same pictures"):
        for files in (first, second):
            lost = write_yolo(split_of(tmp_path / day, ("1.png", 10)), tmp_path / "y", files=files)
            assert lost == []


def test_a_link_to_an_image_that_has_gone_is_replaced(tmp_path):
    picture(tmp_path / "photos" / "1.png")
    write_yolo(split_of(tmp_path / "photos", ("1.png", 10)), tmp_path / "y")
    (tmp_path / "photos").rename(tmp_path / "moved")
    write_yolo(split_of(tmp_path / "moved", ("1.png", 10)), tmp_path / "y")
    assert xs(read_yolo(tmp_path / "y", "train")) == {"1.png": [10]}


def test_labels_that_had_other_people_are_counted(tmp_path):
    for x in (10, 20):
        split = split_of(tmp_path / "photos", ("1.png", x), ("2.png", 10))
        lost = write_yolo(split, tmp_path / "y", files="none")
    assert lost == ["labels that were there before and had other people: 1"]


@pytest.mark.parametrize("what", ["labels/train/1.txt", "images/train/1.png"])
def test_a_folder_where_a_file_goes_is_named(tmp_path, what):
    picture(tmp_path / "photos" / "1.png")
    (tmp_path / "y" / what).mkdir(parents=True)
    with pytest.raises(InputError, match=r"no plain file|other images"):
        write_yolo(split_of(tmp_path / "photos", ("1.png", 10)), tmp_path / "y")
    assert tree(tmp_path / "y") == {}


BAD_SPLITS = ["", ".", "..", "../../x", "/x", "a/b", "a\\b", "a\0b", "a\nb", "\ud800", ".a",
              "~", "a" * 300, "names", "kpt_shape", "path", "images", "labels", "-"]  # fmt: skip


@pytest.mark.parametrize("name", BAD_SPLITS)
def test_a_split_that_is_no_name_of_a_folder_is_refused(tmp_path, name):
    picture(tmp_path / "photos" / "1.png")
    split = split_of(tmp_path / "photos", ("1.png", 10))
    before = tree(tmp_path)
    with pytest.raises(InputError, match="the split is called"):
        write_yolo(replace(split, name=name), tmp_path / "a" / "b" / "y")
    assert tree(tmp_path) == before
    assert not (tmp_path / "a").exists()


def test_splits_of_any_name_stay_and_are_read(tmp_path):
    picture(tmp_path / "photos" / "1.png")
    names = ["valid", "test-dev", "day 2", "1", "no", "1e3", "größer", "train"]
    for number, name in enumerate(names):
        split = split_of(tmp_path / "photos", ("1.png", number))
        write_yolo(replace(split, name=name), tmp_path / "y")
    assert set(read_yaml(tmp_path / "y").splits) == set(names)
    for number, name in enumerate(names):
        assert xs(read_yolo(tmp_path / "y", name)) == {"1.png": [number]}


@pytest.mark.parametrize(
    "names",
    [
        ("..jpg", "..png"),
        ("...jpg", "...png"),
        (".a.jpg", ".a.png"),
        ("a.b.jpg", "a.b.png"),
        ("images/a.jpg", "labels/a.png", "images/a.png"),
        ("b/images/a.jpg", "b/images/a.png"),
    ],
)
def test_every_image_has_a_label_of_its_own(tmp_path, names):
    for name in names:
        picture(tmp_path / "photos" / name)
    entries = [(name, 10 * number) for number, name in enumerate(names)]
    write_yolo(split_of(tmp_path / "photos", *entries), tmp_path / "y", files="copy")
    again = read_yolo(tmp_path / "y", "train")
    assert sorted(s.keypoints[0, 0, 0] for s in again.samples) == [x for _, x in entries]
    assert len(list((tmp_path / "y").rglob("*.txt"))) == len(names)


@pytest.mark.parametrize(
    "names",
    [
        ("images/a.jpg", "labels/a.txt"),
        ("labels/a.txt", "images/a.jpg"),
        ("a.jpg", "a.txt/b.jpg"),
        ("a.jpg/b.jpg", "a.jpg"),
    ],
)
def test_images_and_labels_of_one_place_are_refused(tmp_path, names):
    split = split_of(tmp_path / "photos", *[(name, 10) for name in names])
    with pytest.raises(DataError, match="rename one of them; nothing was written"):
        write_yolo(split, tmp_path / "y", files="none")
    assert not (tmp_path / "y").exists()


@pytest.fixture
def in_time():
    """Fail a test that waits for a pipe."""

    def fail(*_):
        pytest.fail("it waits")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(10)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("kind", ["pipe", "device"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("labels/a.txt", "the labels .* are no plain file"),
        ("images/a.png", "cannot be read|cannot read"),
        ("list.txt", "there is no"),
        ("data.yaml", "no plain file"),
    ],
)
def test_only_plain_files_are_opened(tmp_path, in_time, kind, name, words):
    folder = dataset(tmp_path, {"a.png": LINE}, f"train: [images, list.txt]\n{PIG}")
    (folder / "list.txt").write_text("images/a.png\n")
    path = folder / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/null")
    with pytest.raises(DataError, match=words):
        read_yolo(folder, "train")


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_an_image_that_is_no_plain_file_is_not_opened_to_write_its_label(tmp_path, in_time, kind):
    if kind == "pipe":
        os.mkfifo(tmp_path / "1.png")
    else:
        (tmp_path / "1.png").symlink_to("/dev/null")
    lost = write_yolo(split_of(tmp_path, ("1.png", 10)), tmp_path / "y")
    assert lost == ["image files that are not there: 1 (--images DIR says where)"]


@pytest.mark.parametrize("name", ["a.json", "data.yaml", "a.mat"])
def test_a_source_that_is_no_plain_file_is_refused(tmp_path, in_time, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match="no plain file and no folder"):
        convert_annotations(tmp_path / name, tmp_path / "b.json", to="coco")


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("0.9" + LINE[1:], "line 1: the class is 0.9; it is a whole number from 0"),
        (LINE + "-1" + LINE[1:], "line 2: the class is -1;"),
        ("-.5" + LINE[1:], "line 1: the class is -.5;"),
        (LINE.replace(".4 .4", "-.4 .4", 1), "line 1: the box is -.4 wide and .4 high"),
        (LINE.replace(".4 .4", ".4 -.4", 1), "line 1: the box is .4 wide and -.4 high"),
    ],
)
def test_numbers_that_no_class_and_no_box_has_are_named(tmp_path, label, words):
    with pytest.raises(DataError, match=words):
        read_yolo(dataset(tmp_path, {"a.png": label}), "train")


@pytest.mark.parametrize("label", ["0.0" + LINE[1:], LINE.replace(".4 .4", "0 0", 1)])
def test_a_class_with_a_point_and_a_box_without_a_size_are_read(tmp_path, label):
    convert_annotations(dataset(tmp_path, {"a.png": label}), tmp_path / "a.json", to="coco")
    assert convert_annotations(tmp_path / "a.json", tmp_path / "b.json", to="coco").people == 1


def test_entries_that_are_no_names_of_splits_are_none(tmp_path):
    yaml = f"1: images/1\n../x: images/../x\ndownload: images/download\nday: images/day\n{PIG}"
    folder = dataset(tmp_path, {"day/a.png": LINE}, yaml)
    assert list(read_yaml(folder).splits) == ["day"]
    with pytest.raises(DataError, match="no split 'train': it has day"):
        read_yolo(folder, "train")
