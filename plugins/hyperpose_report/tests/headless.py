"""Headless Chromium over a pipe: what a page asks for, what its console says, how wide it is."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class Seen:
    """What became of one page.

    Args:
        requests: addresses that were asked for, those inside the page apart.
        said: errors and warnings of the console, and exceptions.
        width: of all that can be scrolled to, in pixels; `inner` that of the window.
        wider: texts of elements that reach beyond the window.
        values: of `script`, which runs at the end.
        picture: PNG of the whole page.
    """

    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    width: int = 0
    inner: int = 0
    wider: list[str] = field(default_factory=list)
    values: Any = None
    picture: bytes = b""


class Pipe:
    """The DevTools protocol over two pipes: messages that end with a zero byte."""

    def __init__(self, reads: int, writes: int) -> None:
        self._in, self._out = os.fdopen(reads, "rb", 0), os.fdopen(writes, "wb", 0)
        self._rest, self._number, self.events = b"", 0, []

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": params}
        message |= {"sessionId": session} if session else {}
        self._out.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def close(self) -> None:
        self._in.close()
        self._out.close()

    def read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self._in], [], [], 60)[0], "Chromium says nothing"
            piece = os.read(self._in.fileno(), 1 << 20)
            assert piece, "Chromium has ended"
            self._rest += piece
        text, _, self._rest = self._rest.partition(b"\0")
        message = json.loads(text)
        if "method" in message:
            self.events.append(message)
        return message

    def until(self, method: str) -> None:
        while not any(e["method"] == method for e in self.events):
            self.read()


@contextmanager
def chromium() -> Iterator[Pipe]:
    """Start Chromium; skips where it is not installed."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("needs a headless Chromium: apt-get install chromium")
    down, up = os.pipe(), os.pipe()
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # Chromium reads from 3 and writes to 4, whatever their numbers are here.
        words = [program, *flags, f"--user-data-dir={profile}"]
        line = f'exec "$0" "$@" 3<&{down[0]} 4>&{up[1]}'
        process = subprocess.Popen(
            ["bash", "-c", line, *words],
            pass_fds=(down[0], up[1]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(down[0])
        os.close(up[1])
        pipe = Pipe(up[0], down[1])
        try:
            yield pipe
        finally:
            process.terminate()
            process.wait(20)
            pipe.close()


WIDER = """[...document.body.querySelectorAll("*")].filter((e) => !e.closest(".scroll > *, svg *")
  && e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.outerHTML.slice(0, 120))"""


def look(page: Path, width: int, dark: bool = False, script: str = "null") -> Seen:
    """Open a page in a window of a width, and say what happened."""
    seen = Seen()
    with chromium() as pipe:
        target = pipe.call("Target.createTarget", url="about:blank")["targetId"]
        session = pipe.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            pipe.call(f"{domain}.enable", session)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        pipe.call("Emulation.setDeviceMetricsOverride", session, **size)
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        pipe.call("Emulation.setEmulatedMedia", session, features=[feature])
        pipe.events.clear()
        pipe.call("Page.navigate", session, url=page.resolve().as_uri())
        pipe.until("Page.loadEventFired")

        def value(expression: str) -> Any:
            answer = pipe.call(
                "Runtime.evaluate", session, expression=expression, returnByValue=True
            )
            assert "exceptionDetails" not in answer, answer
            return answer["result"].get("value")

        seen.width, seen.inner = value("document.scrollingElement.scrollWidth"), value("innerWidth")
        seen.wider, seen.values = value(WIDER), value(script)
        height = value("document.scrollingElement.scrollHeight")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        shot = pipe.call("Page.captureScreenshot", session, clip=clip, captureBeyondViewport=True)
        seen.picture = base64.b64decode(shot["data"])
        for event in pipe.events:
            _note(seen, event, page)
    return seen


def _note(seen: Seen, event: dict[str, Any], page: Path) -> None:
    method, params = event["method"], event["params"]
    if method == "Network.requestWillBeSent":
        address = params["request"]["url"]
        if not address.startswith("data:") and address != page.resolve().as_uri():
            seen.requests.append(address)
    elif method == "Log.entryAdded":
        seen.said.append(params["entry"]["text"])
    elif method == "Runtime.exceptionThrown":
        seen.said.append(str(params["exceptionDetails"]))
    elif method == "Runtime.consoleAPICalled":
        seen.said.append(str(params["args"]))
