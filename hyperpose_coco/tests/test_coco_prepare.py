"""`hyperpose prepare coco`: the official list, and a folder that the dataset can read."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from hyperpose_coco import plugin
from hyperpose_coco.archives import archives, missing_images
from hyperpose_coco.dataset import open_dataset
from hyperpose_core.cli import main
from hyperpose_core.config import DataConfig
from hyperpose_core.errors import ConfigError, DataError
from hyperpose_core.support.messages import Messages
from hyperpose_datatools.prepare import ArchivesFile
from hyperpose_datatools.prepare.run import Preparation


def pack(path: Path, root: Path, *folders: str) -> str:
    """Zip folders as COCO's archives have them, and return the lines of the list for it."""
    with zipfile.ZipFile(path, "w") as archive:
        for folder in folders:
            for file in sorted((root / folder).iterdir()):
                archive.write(file, f"{folder}/{file.name}")
    data = path.read_bytes()
    lines = (
        f'path = "{path.name}"\nsize = {len(data)}\nsha256 = "{hashlib.sha256(data).hexdigest()}"'
    )
    return f"[[archives]]\n{lines}\n"


def prepared(tmp_path: Path, listing: str, *splits: str):
    """Prepare what is in `tmp_path/have`, with COCO's own check of what is missing."""
    (tmp_path / "archives.toml").write_text(
        f'base = "http://127.0.0.1:9"\n[versions.2017]\nsplits = ["train", "val", "test-dev"]\n'
        f'default = ["train", "val"]\n{listing}'
    )
    ours = ArchivesFile(tmp_path / "archives.toml", missing_images)
    how = Preparation(tmp_path / "coco", (tmp_path / "have",), messages=Messages(quiet=True))
    return how.run(ours, ours.choose("2017", splits))


@pytest.fixture
def have(tmp_path) -> Path:
    (tmp_path / "have").mkdir()
    return tmp_path / "have"


def test_the_dataset_reads_what_was_prepared(shared_data, tmp_path, have):
    root = shared_data / "coco"
    listing = pack(have / "annotations_trainval2017.zip", root, "annotations")
    listing += pack(have / "train2017.zip", root, "train2017")
    listing += pack(have / "val2017.zip", root, "val2017")
    assert prepared(tmp_path, listing).missing == ()
    data = open_dataset(DataConfig(path=str(tmp_path / "coco")))
    assert (len(data.train_samples()), len(data.eval_samples())) == (78, 44)


def test_an_image_that_no_archive_has_is_missing(shared_data, tmp_path, have):
    root = shared_data / "coco"
    listing = pack(have / "annotations_trainval2017.zip", root, "annotations")
    listing += pack(have / "val2017.zip", root, "val2017")
    missing = prepared(tmp_path, listing).missing
    assert len(missing) == 78
    assert {path.parent for path in missing} == {tmp_path / "coco" / "train2017"}
    assert prepared(tmp_path, listing, "val").missing == ()


def test_test_dev_is_in_the_folder_of_all_test_images(tmp_path, have):
    info = {"images": [{"id": i, "file_name": f"{i}.jpg", "width": 4, "height": 4} for i in (1, 2)]}
    for folder in ("annotations", "test2017"):
        (tmp_path / folder).mkdir()
    (tmp_path / "annotations" / "image_info_test-dev2017.json").write_text(json.dumps(info))
    (tmp_path / "test2017" / "1.jpg").write_bytes(b"")
    listing = pack(have / "image_info_test2017.zip", tmp_path, "annotations")
    listing += pack(have / "test2017.zip", tmp_path, "test2017")
    missing = prepared(tmp_path, listing, "test-dev").missing
    assert missing == (tmp_path / "coco" / "test2017" / "2.jpg",)


def test_annotations_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(DataError, match=r"person_keypoints_val2017\.json"):
        missing_images(tmp_path, "2017", ["val"])


def test_the_official_list():
    spec = next(iter(plugin.hyperpose_register_datasets()))
    assert archives.choose().version == spec.versions[0]
    for version in spec.versions:
        choice = archives.choose(version)
        assert choice.splits == ("train", "val")
        names = [archive.name for archive in choice.archives]
        assert names == [f"{n}{version}.zip" for n in ("annotations_trainval", "val", "train")]
    test = archives.choose("2017", ["test-dev"])
    assert [a.name for a in test.archives] == ["image_info_test2017.zip", "test2017.zip"]
    everything = (*archives.choose("2014").archives, *archives.choose().archives, *test.archives)
    assert all(a.size and a.checksum and a.checksum.startswith("sha256:") for a in everything)
    with pytest.raises(ConfigError, match="test-dev"):
        archives.choose("2014", ["test-dev"])


def test_the_command_knows_it(tmp_path, capfd):
    assert main(["prepare", "coco", "--to", str(tmp_path / "coco"), "--dry-run", "--json"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert [row["size"] for row in document["archives"]] == [252907541, 815585330, 19336861798]
    assert document["archives"][2]["from"] == "http://images.cocodataset.org/zips/train2017.zip"
    (tmp_path / "val2017.zip").write_bytes(b"half of it")
    words = ["--split", "val", "--from", str(tmp_path), "--mirror", "http://127.0.0.1:9"]
    (tmp_path / "annotations_trainval2017.zip").write_bytes(b"half of it")
    assert main(["prepare", "coco", "--to", str(tmp_path / "coco"), *words]) == 2
    assert "10 bytes and the official file has 252907541" in capfd.readouterr().err
    assert not (tmp_path / "coco").exists()
