"""Unpacking: what may not be unpacked is refused before a byte of it is written."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile

import pytest
from archive_server import noise, tarred, tree, zipped
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hyperpose_core.errors import DataError
from hyperpose_datatools.prepare import members as reading
from hyperpose_datatools.prepare.archives import Archive
from hyperpose_datatools.prepare.extract import unpack
from hyperpose_datatools.prepare.plan import make_plan

FILES = {"in/a.jpg": noise("a", 5000), "in/b.jpg": noise("b", 70), "c.txt": b"", "in/d/e": b"e"}
PACKERS = {"a.zip": zipped, "a.tar.gz": tarred}


class Unpacker:
    def __init__(self, folder):
        self.folder = folder / "to"
        self.path = folder / "from"
        self.folder.mkdir()
        self.path.mkdir()

    def __call__(self, name: str, data: bytes, **fields) -> dict[str, bytes]:
        archive = Archive(name=name, url="", **fields)
        path = self.path / name
        path.write_bytes(data)
        plan = make_plan(path, archive, quiet=True)
        unpack(path, archive, plan, self.folder, quiet=True)
        return tree(self.folder)


def header_of(name: str) -> bytes:
    return tarfile.TarInfo(name).tobuf(tarfile.GNU_FORMAT)


def long_header(kind: bytes, content: bytes) -> bytes:
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = kind, len(content)
    return info.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512)


@pytest.fixture
def unpacked(tmp_path):
    return Unpacker(tmp_path)


@pytest.mark.parametrize("name", PACKERS)
def test_files_come_out(unpacked, name):
    assert unpacked(name, PACKERS[name](FILES)) == FILES


@pytest.mark.parametrize("name", PACKERS)
def test_into_a_folder_without_the_archives_own(unpacked, name):
    data = PACKERS[name](FILES | {"__MACOSX/in/._a.jpg": b"x", "in/._b.jpg": b"y"})
    flat = {f"img/{path.rpartition('/')[2]}": content for path, content in FILES.items()}
    assert unpacked(name, data, into="img", flat=True) == flat


def test_a_plain_tar(unpacked):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("./in/a")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"abc"))
    assert unpacked("a.tar", buffer.getvalue()) == {"in/a": b"abc"}


OUTSIDE = ["../evil", "in/../../evil", "/evil", "..", "in\\..\\evil", "C:/evil", "in/../evil"]


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("name", OUTSIDE)
def test_no_member_leaves_the_folder(unpacked, packer, name):
    with pytest.raises(DataError, match="outside of the folder"):
        unpacked(packer, PACKERS[packer]({"good": b"good", name: b"evil"}))
    assert tree(unpacked.folder) == {}
    assert not list(unpacked.folder.parent.rglob("*evil*"))


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_no_links_and_devices_in_tar(unpacked, kind):
    info = tarfile.TarInfo("link")
    info.type, info.linkname = kind, "good"
    with pytest.raises(DataError, match="'link' is a link or a device"):
        unpacked("a.tar.gz", tarred({"good": b"good"}, info))
    assert tree(unpacked.folder) == {}


def test_no_links_in_zip(unpacked):
    buffer = io.BytesIO(zipped({"good": b"good"}))
    with zipfile.ZipFile(buffer, "a") as archive:
        info = zipfile.ZipInfo("link")
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(DataError, match="'link' is a link or a device"):
        unpacked("a.zip", buffer.getvalue())
    assert tree(unpacked.folder) == {}


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a" * 256, "has 256 bytes in one part"),
        ("a/" * 2000 + "b", "has 4001 bytes"),
        ("a/" * 990 + "b", "lies in 990 folders, more than 200"),
        ("a/" * 201 + "b", "lies in 201 folders, more than 200"),
    ],
)
def test_names_that_no_file_can_have(unpacked, packer, name, why):
    with pytest.raises(DataError, match=why):
        unpacked(packer, PACKERS[packer]({"good": b"good", name: b"evil"}))
    assert tree(unpacked.folder) == {}


@pytest.mark.parametrize("packer", PACKERS)
def test_the_longest_name_of_a_file(unpacked, packer):
    name = f"{'é' * 127}a"
    assert unpacked(packer, PACKERS[packer]({name: b"whole"})) == {name: b"whole"}


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("name", ["a/" * 200 + "b", "/".join(["a" * 200] * 9 + ["b" * 191])])
def test_the_deepest_and_the_longest_name_with_folders(unpacked, packer, name):
    assert unpacked(packer, PACKERS[packer]({name: b"whole"})) == {name: b"whole"}


@pytest.mark.parametrize(
    "name",
    [".prepared/a.zip", "archives/a.zip", "Archives/a", ".preparing", "in/.c.txt.unpacking"],
)
def test_prepares_own_files_are_its_own(unpacked, name):
    with pytest.raises(DataError, match="keeps its own files"):
        unpacked("a.zip", zipped({name: b"", "in/c.txt": b"c"}))
    assert tree(unpacked.folder) == {}


def test_the_same_place_twice(unpacked):
    with pytest.raises(DataError, match="'b' twice"):
        unpacked("a.zip", zipped({"a/b": b"1", "c/b": b"2"}), flat=True)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a", "2")
    with pytest.raises(DataError, match="'a' twice"):
        unpacked("a.zip", buffer.getvalue())


@pytest.mark.parametrize("packer", PACKERS)
def test_a_file_in_a_file(unpacked, packer):
    with pytest.raises(DataError, match="'a/b' lies in a file"):
        unpacked(packer, PACKERS[packer]({"a": b"1", "a/b": b"2"}))


@pytest.mark.parametrize("packer", PACKERS)
def test_bombs_are_bounded_by_what_they_claim(unpacked, packer, monkeypatch):
    monkeypatch.setattr(reading, "ALWAYS_ALLOWED", 1000)
    bomb = {"a": bytes(100_000), "b": bytes(900_000)}
    data = zipped(bomb, zipfile.ZIP_DEFLATED) if packer == "a.zip" else tarred(bomb)
    with pytest.raises(DataError, match="over 100 times"):
        unpacked(packer, data)
    assert tree(unpacked.folder) == {}


HEADERS = {
    "GNU": tarfile.GNUTYPE_LONGNAME,
    "pax": tarfile.XHDTYPE,
    "pax for all": tarfile.XGLTYPE,
}


@pytest.mark.parametrize("kind", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("name", ["a.tar.gz", "a.tar"])
def test_headers_are_not_read_without_end(unpacked, name, kind):
    good = gzip.decompress(tarred({"good": b"good"}))
    bomb = good[:1024] + long_header(kind, bytes(8 << 20)) + good
    with pytest.raises(DataError, match="over 1 MB in one place that are no file's content"):
        unpacked(name, gzip.compress(bomb, 1) if name == "a.tar.gz" else bomb)
    assert tree(unpacked.folder) == {}


def test_headers_of_half_a_megabyte_are_read(unpacked):
    good = gzip.decompress(tarred({"good": b"good"}))
    data = long_header(tarfile.XHDTYPE, b"524305 comment=" + b"a" * (1 << 19) + b"\n") + good
    assert unpacked("a.tar", data) == {"good": b"good"}


def test_a_folder_with_a_size_hides_no_header(unpacked):
    folder = tarfile.TarInfo("in")
    folder.type, folder.size = tarfile.DIRTYPE, 32 << 20
    data = folder.tobuf(tarfile.GNU_FORMAT) + long_header(tarfile.GNUTYPE_LONGNAME, bytes(8 << 20))
    with pytest.raises(DataError, match="over 1 MB in one place"):
        unpacked("a.tar", data + gzip.decompress(tarred({"good": b"good"})))


def test_headers_count_as_growth(unpacked, monkeypatch):
    monkeypatch.setattr(reading, "ALWAYS_ALLOWED", 100_000)
    comment = b"20012 comment=" + b"a" * 19_997 + b"\n"
    data = b"".join(long_header(tarfile.XHDTYPE, comment) + header_of(f"{n}") for n in range(20))
    with pytest.raises(DataError, match="over 100 times"):
        unpacked("a.tar.gz", gzip.compress(data))


def test_nothing_without_end_behind_the_members(unpacked, monkeypatch):
    monkeypatch.setattr(reading, "ALWAYS_ALLOWED", 1000)
    data = gzip.decompress(tarred({"good": b"good"})) + bytes(32 << 20)
    with pytest.raises(DataError, match="refused"):
        unpacked("a.tar.gz", gzip.compress(data))
    assert unpacked("b.tar", data) == {"good": b"good"}


def test_members_in_proportion_to_the_size(unpacked):
    data = b"".join(header_of(f"{n:06}") for n in range(12_000))
    with pytest.raises(DataError, match="more than 10000 members, for its size"):
        unpacked("a.tar.gz", gzip.compress(data, 9))
    assert len(unpacked("a.tar", data)) == 12_000


def test_a_zip_that_claims_less_than_it_has(unpacked):
    """The content of a member ends where the directory says; the CRC tells."""
    data = bytearray(zipped({"a": bytes(50_000)}, zipfile.ZIP_DEFLATED))
    at = data.rindex(b"PK\x01\x02")
    for place in (at + 24, 22):
        data[place : place + 4] = (100).to_bytes(4, "little")
    with pytest.raises(DataError, match="damaged"):
        unpacked("a.zip", bytes(data))
    assert tree(unpacked.folder) == {}


@pytest.mark.parametrize("packer", PACKERS)
@given(part=st.floats(0, 1, exclude_max=True))
@settings(deadline=None)
def test_a_truncated_archive_leaves_nothing(tmp_path_factory, packer, part):
    unpacked = Unpacker(tmp_path_factory.mktemp("cut"))
    data = PACKERS[packer](FILES)
    with pytest.raises(DataError, match="damaged or incomplete"):
        unpacked(packer, data[: int(part * len(data))])
    assert tree(unpacked.folder) == {}


@pytest.mark.parametrize("packer", PACKERS)
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@example(where=0.9819167295011252, bit=0)
@settings(deadline=None)
def test_a_flipped_bit_never_gives_other_content(tmp_path_factory, packer, where, bit):
    unpacked = Unpacker(tmp_path_factory.mktemp("bit"))
    data = bytearray(PACKERS[packer](FILES))
    data[int(where * len(data))] ^= 1 << bit
    try:
        files = unpacked(packer, bytes(data))
    except DataError:
        assert tree(unpacked.folder) == {}
    else:  # in what no check covers: names, times, flags
        assert set(files.values()) <= set(FILES.values())


def test_a_zip_whose_members_begin_before_the_file(unpacked):
    data = bytearray(zipped(FILES))
    place = slice(len(data) - 6, len(data) - 2)
    data[place] = (int.from_bytes(data[place], "little") + 100).to_bytes(4, "little")
    with pytest.raises(DataError, match="damaged or incomplete"):
        unpacked("a.zip", bytes(data))


def test_a_member_without_a_name(unpacked):
    data = zipped({"aa": b"x"})
    place = data.rindex(b"PK\1\2")
    # No name, and its two bytes are the comment.
    data = bytearray(data)
    data[place + 28 : place + 34] = b"\0\0\0\0\2\0"
    with pytest.raises(DataError, match="its member '' is a file without a name"):
        unpacked("a.zip", bytes(data))


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("name", [".", "./."])
def test_the_folder_itself_as_a_file(unpacked, packer, name):
    with pytest.raises(DataError, match="is a file without a name"):
        unpacked(packer, PACKERS[packer]({"good": b"good", name: b"x"}))
    assert tree(unpacked.folder) == {}


def test_a_tar_member_without_a_name(unpacked):
    with pytest.raises(DataError, match="its member '' is a file without a name"):
        unpacked("a.tar", header_of("") + gzip.decompress(tarred({"good": b"good"})))


def test_the_folder_itself_is_left_out(unpacked):
    folder = tarfile.TarInfo(".")
    folder.type = tarfile.DIRTYPE
    assert unpacked("a.tar.gz", tarred({"./good": b"good"}, folder)) == {"good": b"good"}


def test_an_encrypted_zip(unpacked):
    data = bytearray(zipped({"a": b"abc"}))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(DataError, match="encrypted"):
        unpacked("a.zip", bytes(data))


def test_what_is_there_is_not_written_again(unpacked):
    first = unpacked("a.zip", zipped(FILES))
    inodes = {p.name: p.stat().st_ino for p in unpacked.folder.rglob("*.jpg")}
    (unpacked.folder / "in" / "b.jpg").write_bytes(noise("other", 70))
    assert unpacked("a.zip", zipped(FILES)) == first
    again = {p.name: p.stat().st_ino for p in unpacked.folder.rglob("*.jpg")}
    assert again["a.jpg"] == inodes["a.jpg"]


def test_files_that_are_in_the_way_are_replaced(unpacked):
    (unpacked.folder / "in").mkdir()
    (unpacked.folder / "in" / "a.jpg").write_bytes(b"cut off")
    (unpacked.folder / "in" / ".a.jpg.unpacking").write_bytes(b"left by a kill")
    assert unpacked("a.tar.gz", tarred(FILES)) == FILES
