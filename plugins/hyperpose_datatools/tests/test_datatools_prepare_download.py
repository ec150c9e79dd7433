"""Downloads from a server that breaks off, lies, and refuses."""

from __future__ import annotations

import hashlib
import http.client
import urllib.request

import pytest
from archive_server import Deed, Server, noise, serving

from hyperpose_core.errors import DataError, DownloadError
from hyperpose_datatools.prepare.archives import Archive
from hyperpose_datatools.prepare.download import Patience
from hyperpose_datatools.prepare.fetch import fetch
from hyperpose_datatools.prepare.sources import find_sources

DATA = noise("zip", 300_000)
SIZE = len(DATA)
SHA = f"sha256:{hashlib.sha256(DATA).hexdigest()}"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server():
    with serving({"a.zip": DATA}) as state:
        yield state


class Fetcher:
    """Downloads `a.zip` of a server into a folder, and remembers pauses and messages."""

    def __init__(self, server: Server, folder):
        self.server, self.folder = server, folder
        self.pauses: list[float] = []
        self.said: list[str] = []

    def __call__(self, *, size=SIZE, checksum=SHA, url=None, attempts=4) -> bytes:
        url = url or f"{self.server.url}/a.zip"
        archive = Archive(name="a.zip", url=url, size=size, checksum=checksum)
        patience = Patience(attempts, timeout=20, fruitful=1 << 20, sleep=self.pauses.append)
        (source,) = find_sources(self.folder, [archive], ())
        return fetch(source, patience, self.said.append, quiet=True).read_bytes()

    @property
    def left(self) -> dict[str, int]:
        return {path.name: path.stat().st_size for path in self.folder.rglob("*.zip*")}


@pytest.fixture
def get(server, tmp_path):
    (tmp_path / ".prepared").mkdir()
    return Fetcher(server, tmp_path)


def test_a_whole_file(get, server):
    assert get() == DATA
    assert server.ranges == [None]
    assert get.left == {"a.zip": len(DATA)}
    assert get.pauses == []


def test_broken_connections_are_gone_on_with(get, server):
    server.deeds = [Deed(stop_after=70_000)] * 3
    assert get() == DATA
    assert server.ranges == [None, "bytes=70000-", "bytes=140000-", "bytes=210000-"]
    assert get.pauses == [1, 2, 4]
    assert all("trying again" in line for line in get.said[:3])


def test_what_an_earlier_process_left_is_gone_on_with(get, server):
    server.deeds = [Deed(stop_after=100_000), *[Deed(status=503)] * 3]
    with pytest.raises(DownloadError, match=r"a\.zip: given up after 4 attempts: .* 503 .*again"):
        get()
    assert get.left.pop("a.zip.part") == 100_000
    server.asked.clear()
    assert get() == DATA
    assert server.ranges == ["bytes=100000-"]
    assert get.left == {"a.zip": len(DATA)}


def test_a_server_that_ignores_ranges_is_asked_for_everything(get, server):
    server.deeds = [Deed(stop_after=100_000), Deed(ranges=False)]
    assert get() == DATA
    assert server.ranges == [None, "bytes=100000-"]


def test_a_file_that_changed_meanwhile_is_begun_anew(get, server):
    server.deeds = [Deed(stop_after=100_000, body=noise("old", 300_000), tag='"old"')]
    assert get() == DATA
    assert server.ranges == [None, "bytes=100000-"]
    assert get.pauses == [1]


def test_without_anything_to_tell_contents_apart_wrong_parts_are_found_by_the_checksum(get, server):
    old = Deed(stop_after=100_000, body=noise("old", 300_000), tag=None)
    server.deeds = [old, Deed(tag=None)]
    assert get() == DATA
    assert server.ranges == [None, "bytes=100000-", None]
    assert any("starting over" in line for line in get.said)


def test_without_checksum_and_tag_nothing_is_gone_on_with(get, server):
    server.deeds = [Deed(stop_after=100_000, body=noise("old", 300_000), tag=None), Deed(tag=None)]
    assert get(checksum=None) == DATA
    assert server.ranges == [None, None]


def test_a_part_that_is_whole_already(get, server):
    """The process died after the last byte; with a known size no request is needed."""
    (get.folder / ".prepared" / "a.zip.part").write_bytes(DATA)
    assert get() == DATA
    assert server.asked == []


def test_a_whole_part_of_unknown_size_is_answered_with_416(get, server):
    (get.folder / ".prepared" / "a.zip.part").write_bytes(DATA)
    assert get(size=None) == DATA
    assert server.ranges == [f"bytes={len(DATA)}-"]


def test_a_part_that_is_too_long_is_begun_anew(get, server):
    (get.folder / ".prepared" / "a.zip.part").write_bytes(DATA + b"more")
    assert get() == DATA
    assert server.ranges == [None]


def test_416_for_another_file_begins_anew(get, server):
    (get.folder / ".prepared" / "a.zip.part").write_bytes(DATA + b"more")
    assert get(size=None) == DATA
    assert server.ranges == [f"bytes={len(DATA) + 4}-", None]


def test_a_server_that_does_not_say_the_length(get, server):
    server.deeds = [Deed(length=False, stop_after=100_000), Deed(length=False)]
    assert get() == DATA


def test_a_busy_server_is_asked_again(get, server):
    server.deeds = [Deed(status=500), Deed(status=503), Deed(status=429)]
    assert get() == DATA
    assert get.pauses == [1, 2, 4]


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_refusal_is_final(get, server, status):
    server.deeds = [Deed(status=status)]
    with pytest.raises(DownloadError, match=rf"a\.zip answers {status}") as caught:
        get()
    assert caught.value.exit_code == 1
    assert len(server.asked) == 1
    assert get.left == {}


def test_nobody_there(get):
    with pytest.raises(DownloadError, match=r"cannot be reached: .*--mirror or --from"):
        get(url="http://127.0.0.1:9/a.zip", attempts=2)
    assert get.pauses == [1]


def test_an_impossible_url(get):
    with pytest.raises(DownloadError, match="not a URL"):
        get(url="http://127.0.0.1:port/a.zip")


def test_endless_breaking_ends(get, server):
    server.deeds = [Deed(stop_after=1, ranges=False)] * 100
    with pytest.raises(DownloadError, match="given up after 4"):
        get()
    assert len(server.asked) == 4


def test_wrong_bytes_are_refused_and_nothing_is_left(get, server):
    server.deeds = [Deed(body=noise("wrong", len(DATA)))]
    with pytest.raises(DataError, match=r"its sha256 is \w{64} and .*deleted"):
        get()
    assert get.left == {}
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", [b"<html>log in first</html>", DATA + b"x"])
@pytest.mark.parametrize("length", [True, False])
def test_another_size_is_refused_and_nothing_is_left(get, server, body, length):
    server.deeds = [Deed(body=body, length=length)] * 9
    with pytest.raises((DataError, DownloadError)) as caught:
        get()
    if length or len(body) > len(DATA):
        assert isinstance(caught.value, DataError)
        assert f"the official file has {len(DATA)}" in str(caught.value)
        assert get.left == {}


def test_md5(get):
    digest = hashlib.md5(DATA).hexdigest()
    assert get(checksum=f"md5:{digest}") == DATA


def test_the_test_server_breaks_off(server):
    """Without this, the tests above could pass because nothing ever breaks."""
    server.deeds = [Deed(stop_after=10)]
    response = urllib.request.urlopen(f"{server.url}/a.zip")
    with response, pytest.raises(http.client.IncompleteRead):
        response.read()
