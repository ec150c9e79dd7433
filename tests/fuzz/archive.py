"""Archives of `prepare`: zip, tar and gzip; nothing may come out beside the folder."""

from __future__ import annotations

import shutil

from archive_server import tarred, zipped
from fuzzing import folder, written

from hyperpose_datatools.prepare.archives import Archive
from hyperpose_datatools.prepare.extract import unpack
from hyperpose_datatools.prepare.plan import make_plan

FILES = {"in/a.jpg": b"abc" * 30, "in/d/e": b"e", "c.txt": b""}
ENDINGS = {b"PK": "a.zip", b"\x1f\x8b": "a.tar.gz"}


def seeds() -> list[bytes]:
    import gzip

    packed = tarred(FILES)
    return [zipped(FILES), packed, gzip.decompress(packed), zipped({"../x": b"x", "/y": b"y"})]


def target(data: bytes) -> None:
    name = ENDINGS.get(data[:2], "a.tar")
    path, to = written(f"from/{name}", data), folder() / "to/inner"
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    archive = Archive(name=name, url="")
    try:
        unpack(path, archive, make_plan(path, archive, quiet=True), to, quiet=True)
    finally:
        assert [p.name for p in to.parent.iterdir()] == ["inner"]
        assert [p.name for p in path.parent.iterdir()] == [name]
        assert not any(p.is_symlink() for p in to.rglob("*"))
        path.unlink()
