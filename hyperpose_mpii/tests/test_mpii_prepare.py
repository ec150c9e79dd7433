"""`hyperpose prepare mpii`: the official list, and a folder that the dataset can read."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest

from hyperpose_core.config import DataConfig
from hyperpose_core.support.messages import Messages
from hyperpose_datatools.prepare import ArchivesFile
from hyperpose_datatools.prepare.run import Preparation
from hyperpose_mpii.annotations import FILE
from hyperpose_mpii.archives import archives, missing_images
from hyperpose_mpii.dataset import open_dataset


@pytest.fixture
def have(tmp_path, shared_data):
    """The real subset in archives of the official names and layout, but for one image."""
    folder, root = tmp_path / "have", shared_data / "mpii"
    folder.mkdir()
    with zipfile.ZipFile(folder / "mpii_human_pose_v1_u12_2.zip", "w") as archive:
        archive.write(root / FILE, f"mpii_human_pose_v1_u12_2/{FILE}")
        archive.writestr("mpii_human_pose_v1_u12_2/README.md", "read me")
    images = sorted((root / "images").iterdir())
    with tarfile.open(folder / "mpii_human_pose_v1.tar.gz", "w:gz", compresslevel=1) as archive:
        for image in images:
            archive.add(image, f"images/{image.name}")
    return folder


def prepare(tmp_path, have):
    """Prepare with the official list, but for sizes and checksums."""
    text = archives.path.read_text()
    lines = [line for line in text.splitlines() if not line.startswith(("size", "sha256"))]
    (tmp_path / "archives.toml").write_text("\n".join(lines))
    ours = ArchivesFile(tmp_path / "archives.toml", missing_images)
    how = Preparation(tmp_path / "mpii", (have,), messages=Messages(quiet=True))
    return how.run(ours, ours.choose())


def test_the_dataset_reads_what_was_prepared(tmp_path, have, shared_data):
    assert prepare(tmp_path, have).missing == ()
    (tmp_path / "mpii" / "split.json").write_bytes((shared_data / "mpii/split.json").read_bytes())
    data = open_dataset(DataConfig(path=str(tmp_path / "mpii")))
    assert (len(data.train_samples()), len(data.eval_samples())) == (24, 20)


def test_an_image_that_is_not_there_is_missing(tmp_path, have):
    path = have / "mpii_human_pose_v1.tar.gz"
    with tarfile.open(path) as archive:
        members = archive.getmembers()
        contents = [archive.extractfile(member).read() for member in members]
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for member, content in list(zip(members, contents, strict=True))[1:]:
            archive.addfile(member, io.BytesIO(content))
    assert prepare(tmp_path, have).missing == (tmp_path / "mpii" / members[0].name,)


def test_the_official_list():
    choice = archives.choose()
    assert choice.splits == ("train", "valid")
    names = ["mpii_human_pose_v1_u12_2.zip", "mpii_human_pose_v1.tar.gz"]
    assert [archive.name for archive in choice.archives] == names
    assert [archive.size for archive in choice.archives] == [12340483, 12088943206]
    assert all(archive.checksum.startswith("sha256:") for archive in choice.archives)
    assert archives.choose(splits=["valid"]).archives == choice.archives
