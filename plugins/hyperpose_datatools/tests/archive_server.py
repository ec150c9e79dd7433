"""What the tests of prepare share: made-up archives, and a server that does not always behave."""

from __future__ import annotations

import hashlib
import io
import json
import random
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CHUNK = 1 << 14


@dataclass
class Deed:
    """What the server does with one request.

    Args:
        status: answer with this instead of the file.
        stop_after: close the connection after so many bytes of the body.
        ranges: understand them.
        body: serve this instead of the file.
        tag: the ETag.
        length: say how long it is.
    """

    status: int | None = None
    stop_after: int | None = None
    ranges: bool = True
    body: bytes | None = None
    tag: str | None = '"one"'
    length: bool = True


@dataclass
class Server:
    """Files by path, and what to do with the next requests; then it behaves.

    Args:
        asked: path and range of every request.
        on_chunk: called after every piece with the bytes of the answer so far.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    on_chunk: Callable[[int], object] = lambda sent: None

    def deed(self) -> Deed:
        return self.deeds.pop(0) if self.deeds else Deed()

    @property
    def ranges(self) -> list[str | None]:
        return [header for _, header in self.asked]


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Server]:
    """Run a server in this process, on a port of its own."""
    state = Server(files=files)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

        def do_GET(self) -> None:
            _answer(self, state)

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *arguments: object) -> None:
            pass  # a client that was killed

    server = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(handler: BaseHTTPRequestHandler, state: Server) -> None:
    deed, asked = state.deed(), handler.headers.get("Range")
    state.asked.append((handler.path, asked))
    data = state.files.get(handler.path.lstrip("/")) if deed.body is None else deed.body
    if deed.status or data is None:
        handler.send_error(deed.status or 404)
        return
    start, stale = 0, handler.headers.get("If-Range") not in (None, deed.tag)
    if asked and deed.ranges and not stale:
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start >= len(data):
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{len(data)}")
            handler.end_headers()
            return
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
    else:
        handler.send_response(200)
    if deed.tag:
        handler.send_header("ETag", deed.tag)
    if deed.length:
        handler.send_header("Content-Length", str(len(data) - start))
    handler.end_headers()
    end = len(data) if deed.stop_after is None else min(start + deed.stop_after, len(data))
    for at in range(start, end, CHUNK):
        handler.wfile.write(data[at : min(at + CHUNK, end)])
        state.on_chunk(min(at + CHUNK, end) - start)


def noise(seed: object, size: int) -> bytes:
    """Return bytes that do not compress."""
    return random.Random(str(seed)).randbytes(size)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()


def tarred(files: dict[str, bytes], *more: tarfile.TarInfo) -> bytes:
    """Return a .tar.gz of files, and of members without content."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in more:
            archive.addfile(info)
    return buffer.getvalue()


def sha256(data: bytes) -> str:
    return f'sha256 = "{hashlib.sha256(data).hexdigest()}"'


def size(data: bytes) -> str:
    return f"size = {len(data)}"


def listing(base: str, *archives: str) -> str:
    """Return a list of archives; each argument is the lines of one."""
    head = f'base = "{base}"\n[versions.1]\nsplits = ["train", "val"]\n'
    return head + "".join(f"[[archives]]\n{lines}\n" for lines in archives)


def entry(path: str, data: bytes, *more: str) -> str:
    """Return the lines of an archive whose size and checksum are known."""
    return "\n".join([f'path = "{path}"', size(data), sha256(data), *more])


def annotations(names: list[str]) -> bytes:
    images = [{"id": i, "file_name": n, "width": 8, "height": 8} for i, n in enumerate(names)]
    return json.dumps({"images": images, "annotations": []}).encode()


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file in a folder but prepare's notes, hidden ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent != folder / ".prepared"
    }
