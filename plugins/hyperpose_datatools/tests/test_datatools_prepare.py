"""`hyperpose prepare` of a made-up dataset: what one types, sees, and has in the end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from archive_server import Deed, annotations, entry, listing, noise, serving, tarred, tree, zipped

from hyperpose_core.cli import main
from hyperpose_core.errors import ConfigError, SpecError
from hyperpose_core.registry import make_registry
from hyperpose_datatools.cli import prepare
from hyperpose_datatools.prepare import Archive, ArchivesFile
from hyperpose_datatools.prepare.plan import LOCK
from hyperpose_training.start.lock import held

PLUGIN = """
from hyperpose_core import DatasetSpec, hookimpl

@hookimpl
def hyperpose_register_datasets():
    yield DatasetSpec(
        name="Toy", target="toy_archives:archives", skeleton="coco", versions=("1", "2"),
        archives="toy_archives:archives",
    )
    yield DatasetSpec(name="Bare", target="toy_archives:archives", skeleton="coco")
    yield DatasetSpec(
        name="Broken", target="toy_archives:archives", skeleton="coco",
        archives="toy_archives:archives.no",
    )
"""
ARCHIVES = """
from pathlib import Path
from hyperpose_datatools.prepare import ArchivesFile

def missing_images(folder, version, splits):
    from hyperpose_coco.form.annotations import read_image_names
    from hyperpose_datatools.image_files import missing_files
    names = read_image_names(folder / "annotations" / "all.json")
    return missing_files(folder / name for name in names if name.split("/")[0] in splits)

archives = ArchivesFile(Path(__file__).with_name("archives.toml"), missing_images)
"""
PICTURES = {f"{s}/{i}.jpg": noise((s, i), 3000 + i) for s in ("train", "val") for i in range(6)}
NAMED = annotations(list(PICTURES))
TRAIN = {k: v for k, v in PICTURES.items() if k.startswith("train/")}
VAL = {k: v for k, v in PICTURES.items() if k.startswith("val/")}
FILES = {
    "x/notes.zip": zipped({"all.json": NAMED}),
    "x/train.zip": zipped(TRAIN),
    "val.tar.gz": tarred(VAL),
}
TRUTH = {**PICTURES, "annotations/all.json": NAMED}


def toml(base: str, files: dict[str, bytes] = FILES) -> str:
    notes, train, val = (entry(path, data) for path, data in files.items())
    return listing(
        base,
        notes + '\ninto = "annotations"\nholds = "who is where"',
        train + '\nsplits = ["train"]',
        val + '\nsplits = ["val"]',
    )


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(dict(FILES)) as state:
        yield state


@pytest.fixture
def toy(server, install_plugin, monkeypatch, tmp_path, capfd):
    """The plugin, installed; call it with words of the command line."""
    site = install_plugin("toy", PLUGIN)
    (site / "toy_archives.py").write_text(ARCHIVES)
    (site / "archives.toml").write_text(toml(server.url))
    monkeypatch.setattr(prepare, "get_registry", make_registry)

    def call(*words: str | Path, to: str = "data", dataset: str = "toy") -> SimpleNamespace:
        capfd.readouterr()
        code = main(["prepare", dataset, "--to", str(tmp_path / to), *map(str, words)])
        out, err = capfd.readouterr()
        return SimpleNamespace(code=code, out=out, err=err, site=site, data=tmp_path / to)

    return call


def refused(answer: SimpleNamespace, *parts: str, code: int = 2) -> None:
    assert answer.code == code, answer
    assert answer.out == ""
    (line,) = [line for line in answer.err.splitlines() if line.startswith("Error: ")]
    assert "Traceback" not in answer.err
    for part in parts:
        assert part in line


def test_everything(toy, server, tmp_path):
    answer = toy()
    assert answer.code == 0, answer
    assert tree(answer.data) == TRUTH
    assert answer.out == f"Toy 1 (train, val) is ready in {answer.data}: no image is missing\n"
    assert f"use it with: hyperpose train --dataset toy --data {answer.data}\n" in answer.err
    assert "train.zip: downloaded" in answer.err
    assert {p.suffix for p in (answer.data / ".prepared").iterdir()} == {".json"}


def test_a_second_time_nothing_is_done(toy, server):
    first = toy()
    inodes = {p: p.stat().st_ino for p in first.data.rglob("*.jpg")}
    server.asked.clear()
    again = toy()
    assert again.code == 0
    assert again.err.count("unpacked already") == 3
    assert server.asked == []
    assert {p: p.stat().st_ino for p in first.data.rglob("*.jpg")} == inodes


@pytest.mark.parametrize("harm", ["unlink", "cut"])
def test_what_was_lost_since_is_got_again(toy, server, harm):
    path = toy().data / "val" / "3.jpg"
    path.unlink() if harm == "unlink" else path.write_bytes(b"cut off")
    server.asked.clear()
    assert toy().code == 0
    assert [path for path, _ in server.asked] == ["/val.tar.gz"]
    assert path.read_bytes() == PICTURES["val/3.jpg"]


def test_one_split_and_then_the_other(toy):
    answer = toy("--split", "val")
    assert tree(answer.data) == {**VAL, "annotations/all.json": NAMED}
    assert "Toy 1 (val) is ready" in answer.out
    assert tree(toy("--split", "train", "--split", "val").data) == TRUTH


def test_names_of_missing_images_are_written_out(toy, server):
    files = {**FILES, "x/notes.zip": zipped({"all.json": annotations(["val/\x1b[2J\nready.jpg"])})}
    server.files.update(files)
    answer = toy("--split", "val")
    (answer.site / "archives.toml").write_text(toml(server.url, files))
    assert r"val/\x1b[2J\nready.jpg" in toy("--split", "val").out


def test_images_that_no_archive_has(toy, server):
    names = [*PICTURES, *(f"train/no{i}.jpg" for i in range(4)), "other/x.jpg"]
    files = {**FILES, "x/notes.zip": zipped({"all.json": annotations(names)})}
    server.files.update(files)
    answer = toy("--split", "val")
    (answer.site / "archives.toml").write_text(toml(server.url, files))
    answer = toy()
    assert answer.code == 1
    assert "is not complete: 4 of the images that the annotations name are missing" in answer.out
    first = ", ".join(str(answer.data / f"train/no{i}.jpg") for i in range(3))
    assert f"{first}, ..." in answer.out
    missing = json.loads(toy("--json").out)["missing"]
    assert missing["count"] == 4
    assert len(missing["first"]) == 3


def test_the_json_document_is_all_that_is_on_standard_output(toy):
    answer = toy("--json", "--quiet", "--split", "val")
    assert answer.err == ""
    document = json.loads(answer.out)
    assert (document["dataset"], document["version"]) == ("Toy", "1")
    assert document["splits"] == ["val"]
    assert document["missing"] == {"count": 0, "first": []}
    notes = document["archives"][0]
    assert (notes["name"], notes["checked_by"]) == ("notes.zip", "sha256")
    assert notes["holds"] == "who is where"


def test_a_dry_run_does_nothing(toy, server):
    answer = toy("--dry-run")
    assert (answer.code, answer.data.exists(), server.asked) == (0, False, [])
    size = sum(map(len, FILES.values()))
    for part in ("notes.zip", f"{server.url}/x/train.zip", "sha256", f"download: {size / 1e3:.1f}"):
        assert part in answer.out
    document = json.loads(toy("--dry-run", "--json").out)
    assert document["bytes_needed"] >= size
    assert sum(row["to_download"] for row in document["archives"]) == size


def test_archives_that_one_has(toy, server, tmp_path):
    (tmp_path / "have").mkdir()
    for path in ("x/train.zip", "val.tar.gz"):
        (tmp_path / "have" / Path(path).name).write_bytes(FILES[path])
    (tmp_path / "notes.zip").write_bytes(FILES["x/notes.zip"])
    answer = toy("--from", tmp_path / "have", "--from", tmp_path / "notes.zip")
    assert answer.code == 0
    assert tree(answer.data) == TRUTH
    assert server.asked == []
    assert len(list((tmp_path / "have").iterdir())) == 2, "the user's own files stay"


def test_what_one_has_not_is_downloaded(toy, server, tmp_path):
    (tmp_path / "val.tar.gz").write_bytes(FILES["val.tar.gz"])
    assert tree(toy("--from", tmp_path).data) == TRUTH
    assert [path for path, _ in server.asked] == ["/x/notes.zip", "/x/train.zip"]


def test_a_local_archive_that_is_wrong_is_refused_and_left_alone(toy, tmp_path):
    (tmp_path / "notes.zip").write_bytes(FILES["x/notes.zip"][:-1] + b"?")
    answer = toy("--from", tmp_path / "notes.zip")
    refused(answer, str(tmp_path / "notes.zip"), "sha256")
    assert not answer.data.exists()
    assert (tmp_path / "notes.zip").exists()


def test_from_nowhere(toy, tmp_path):
    refused(toy("--from", tmp_path / "nothing"), "--from", "nothing")
    (tmp_path / "other.zip").write_bytes(b"")
    refused(toy("--from", tmp_path / "other.zip"), "none of", "train.zip")


def test_a_mirror(toy, server):
    server.files = {f"mirror/of/toy/{path}": data for path, data in FILES.items()}
    assert tree(toy("--mirror", f"{server.url}/mirror/of/toy/").data) == TRUTH


@pytest.mark.parametrize("mirror", ["ftp://x/y", "data/coco", "http://", "http://[x", "file:///x"])
def test_a_mirror_that_is_no_url(toy, mirror):
    refused(toy("--mirror", mirror), "--mirror", "http(s)://HOST")


def test_archives_are_kept_when_asked(toy, server):
    data = toy("--keep-archives").data
    kept = {path.name: path.read_bytes() for path in (data / "archives").iterdir()}
    assert kept == {Path(path).name: content for path, content in FILES.items()}
    server.asked.clear()
    shutil.rmtree(data / "train")
    assert toy().code == 0
    assert server.asked == [], "a kept archive is used"
    assert tree(data) == {**TRUTH, **{f"archives/{name}": data for name, data in kept.items()}}


def test_wrong_bytes_leave_nothing(toy, server):
    server.deeds = [Deed(body=noise("wrong", len(FILES["x/notes.zip"])))]
    answer = toy()
    refused(answer, f"{server.url}/x/notes.zip", "sha256", "deleted", "--mirror")
    assert not answer.data.exists()


def test_wrong_bytes_leave_the_users_folder(toy, server, tmp_path):
    (tmp_path / "data" / "mine").mkdir(parents=True)
    server.deeds = [Deed(body=b"wrong")]
    answer = toy()
    refused(answer, "has 5 bytes")
    assert [str(p.relative_to(answer.data)) for p in answer.data.rglob("*")] == ["mine"]


@pytest.mark.parametrize(
    "evil",
    [
        zipped({"all.json": NAMED, "../../evil": b"evil"}),
        zipped({"all.json": NAMED})[:-30],
        b"no archive at all",
    ],
)
def test_official_archives_that_are_bad_leave_nothing(toy, server, evil):
    files = {**FILES, "x/notes.zip": evil}
    server.files.update(files)
    site = toy("--split", "train", "--dry-run").site
    (site / "archives.toml").write_text(toml(server.url, files))
    answer = toy()
    refused(answer, "notes.zip", "damaged" if b"evil" not in evil else "outside")
    assert not answer.data.exists()
    assert not list(answer.data.parent.rglob("evil"))
    own = answer.data.parent / "notes.zip"
    own.write_bytes(evil)
    refused(toy("--from", own), str(own))
    assert not answer.data.exists()
    assert own.exists(), "the user's own file stays"


def test_without_a_checksum_the_command_says_so(toy, server):
    site = toy("--dry-run").site
    text = "\n".join(s for s in toml(server.url).splitlines() if not s.startswith("sha256"))
    (site / "archives.toml").write_text(text)
    answer = toy()
    assert tree(answer.data) == TRUTH
    assert "right by size and CRC only" in answer.err


@pytest.fixture
def ctrl_c():
    """Python's own handler: a shell that starts tests in the background has Ctrl-C ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_keeps_what_came(toy, server):
    server.deeds = [Deed(), Deed(stop_after=5000)]
    server.on_chunk = lambda sent: server.deeds or os.kill(os.getpid(), signal.SIGINT)
    answer = toy("--split", "train")
    assert answer.code == 130
    assert "Run the same command again" in answer.err
    part = answer.data / ".prepared" / "train.zip.part"
    have = part.stat().st_size if part.exists() else 0
    assert have in (0, 5000)
    server.on_chunk = lambda sent: None
    server.asked.clear()
    assert toy().code == 0
    assert server.asked[0] == ("/x/train.zip", f"bytes={have}-" if have else None)
    assert tree(answer.data) == TRUTH


def test_a_full_disk_is_noticed_before_the_first_byte(toy, server, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=50_000))
    answer = toy()
    refused(answer, "not enough room", "50.0 kB are free", "--to", "--from")
    assert (answer.data.exists(), server.asked) == (False, [])


def test_a_disk_that_fills_while_unpacking(toy, server, monkeypatch):
    free = iter([10**9, 10**9, 100])
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=next(free)))
    answer = toy()
    refused(answer, "not enough room")
    assert tree(answer.data) == {"annotations/all.json": NAMED}
    monkeypatch.undo()


def test_a_folder_that_cannot_be_made(toy, tmp_path):
    (tmp_path / "file").write_text("")
    refused(toy(to="file/data"), "cannot make the folder", "--to")


def test_a_folder_in_the_way_of_a_file(toy, tmp_path):
    (tmp_path / "data" / "val" / "3.jpg").mkdir(parents=True)
    refused(toy(), "cannot write into", "3.jpg")


def test_two_processes_at_once(toy, tmp_path):
    (tmp_path / "data").mkdir()
    with held(tmp_path / "data" / LOCK, "", print):
        refused(toy(), f"process {os.getpid()} on", "prepares", "wait until it ends")
    assert toy().code == 0


def test_wrong_words(toy):
    refused(toy("--version", "3"), "version '3'", "choose 1")
    refused(toy("--split", "tset"), "split 'tset'", "choose train or val")
    refused(toy(dataset="bare"), "Bare has nothing to download")
    refused(toy(dataset="broken"), "cannot be loaded from toy_archives:archives.no")
    refused(toy(dataset="coca"), "unknown dataset")


def test_where_to_is_needed(capfd):
    assert main(["prepare", "coco"]) == 2
    assert "--to" in capfd.readouterr().err


def test_the_list_of_archives(tmp_path):
    path = tmp_path / "archives.toml"
    path.write_text(
        """
        base = "http://a/b/"
        [versions.new]
        splits = ["train", "test"]
        default = ["train"]
        [versions.old]
        splits = ["train"]
        [[archives]]
        path = "both.zip"
        size = 3
        md5 = "00000000000000000000000000000000"
        [[archives]]
        version = "new"
        splits = ["test"]
        path = "t/test.tar.gz"
        """
    )
    archives = ArchivesFile(path)
    choice = archives.choose()
    assert (choice.version, choice.splits) == ("new", ("train",))
    both = Archive(name="both.zip", url="http://a/b/both.zip", size=3, checksum=f"md5:{0:032}")
    assert choice.archives == (both,)
    assert [a.url for a in archives.choose("new", ["test"], "http://m").archives] == [
        "http://m/both.zip",
        "http://m/t/test.tar.gz",
    ]
    with pytest.raises(ConfigError, match="'test'"):
        archives.choose("old", ["test"])
    assert archives.missing_images(tmp_path, "old", ["train"]) == ()


@pytest.mark.parametrize(
    "text",
    [
        "base = 1",
        "[versions",
        'base = "x"\n[versions.1]\nsplits = ["a"]\n[[archives]]\npath = "a.rar"',
        'base = "x"\n[versions.1]\nsplits = ["a"]\n[[archives]]\npath = "a.zip"\nsha256 = "12"',
        'base = "x"\n[versions.1]\nsplits = ["a"]\n[[archives]]\npath = "a.zip"\nzise = 12',
    ],
)
def test_a_bad_list_of_archives_is_named(tmp_path, text):
    (tmp_path / "archives.toml").write_text(text)
    with pytest.raises(SpecError):
        ArchivesFile(tmp_path / "archives.toml").choose()


def test_nothing_heavy_is_imported(toy):
    code = (
        "import sys; from hyperpose_core.cli import main\n"
        "code = main(sys.argv[1:])\n"
        "heavy = {'tensorflow', 'tensorlayer', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(' '.join(heavy) or code)"
    )
    words = ["prepare", "toy", "--to", str(toy("--dry-run").data)]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
