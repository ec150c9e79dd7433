"""Downloading a file in as many attempts as it takes, each going on where the last one ended."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from hyperpose_core.errors import DataError, DownloadError
from hyperpose_core.support.files import write_text
from hyperpose_datatools.prepare.archives import Archive
from hyperpose_datatools.prepare.http import Answer, BrokenOffError, ask
from hyperpose_datatools.prepare.progress import amount


@dataclass(frozen=True)
class Patience:
    """How often to try again.

    Args:
        attempts: in a row that bring less than `fruitful` bytes, before it is given up.
        pause: seconds after the first of them; doubled after each.
        timeout: seconds without a byte, after which a connection counts as broken.
        sleep: how to pause.
    """

    attempts: int = 6
    pause: float = 1.0
    timeout: float = 60.0
    fruitful: int = 1 << 20
    sleep: Callable[[float], None] = time.sleep


@dataclass
class Download:
    """One download into `part`, which is kept when it is interrupted.

    Args:
        archive: what to get.
        part: the file that grows; beside it `<part>.json` says of which content it is a part.
        say: gets a line for each attempt that fails.
    """

    archive: Archive
    part: Path
    patience: Patience
    say: Callable[[str], None]

    @property
    def have(self) -> int:
        """Bytes that are there already."""
        return self.part.stat().st_size if self.part.exists() else 0

    @property
    def _note(self) -> Path:
        return self.part.with_name(self.part.name + ".json")

    def run(self, bar: tqdm) -> bool:
        """Download what is missing, and say whether it went on from an earlier part.

        Raises:
            DownloadError: the server refuses, or every attempt fails; what came is kept.
            DataError: the server has a file of another size; nothing is kept.
        """
        resumed, furthest, fruitless = self.have > 0, self.have, 0
        while True:
            try:
                self._attempt(bar)
                return resumed
            except BrokenOffError as error:
                gained = self.have - furthest
                fruitless = 0 if gained >= self.patience.fruitful else fruitless + 1
                furthest, resumed = max(furthest, self.have), True
                bar.clear()
                self._wait(fruitless, error)

    def discard(self) -> None:
        """Delete what came."""
        self.part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def finish(self, path: Path) -> None:
        """Give the whole file its name."""
        self.part.replace(path)
        self._note.unlink(missing_ok=True)

    def _wait(self, fruitless: int, error: BrokenOffError) -> None:
        if fruitless >= self.patience.attempts:
            raise DownloadError(
                f"{self.archive.name}: given up after {fruitless} attempts: {error}. Run the same "
                f"command again to go on ({amount(self.have)} are there), or use --mirror or --from"
            ) from error
        pause = self.patience.pause * 2.0 ** max(fruitless - 1, 0)
        self.say(f"{self.archive.name}: {error}; trying again in {pause:g} s")
        self.patience.sleep(pause)

    def _attempt(self, bar: tqdm) -> None:
        validator = self._validator()
        start, size = self.have, self.archive.size
        if size is not None and start == size:
            return
        if (size is not None and start > size) or (not validator and not self.archive.checksum):
            start = 0
        with ask(self.archive.url, start, validator, self.patience.timeout) as answer:
            if answer.start not in (0, start):
                self.discard()
                raise BrokenOffError("the server has another file now than before")
            self._check_total(answer.total)
            if answer.body is not None:
                self._receive(answer, bar)
        whole = size if size is not None else answer.total
        if whole is not None and self.have < whole:
            raise BrokenOffError(f"the connection broke at {amount(self.have)} of {amount(whole)}")
        self._check_total(self.have)

    def _receive(self, answer: Answer, bar: tqdm) -> None:
        if answer.start == 0:
            self.discard()
            note = {"url": self.archive.url, "validator": answer.validator}
            write_text(self._note, json.dumps(note))
        bar.reset(self.archive.size or answer.total)
        bar.update(answer.start)
        with self.part.open("ab", buffering=0) as file:
            received = answer.start
            for data in answer.chunks():
                file.write(data)
                received += len(data)
                bar.update(len(data))
                if self.archive.size is not None and received > self.archive.size:
                    break
            os.fsync(file.fileno())

    def _check_total(self, total: int | None) -> None:
        if self.archive.size is not None and total not in (None, self.archive.size):
            self.discard()
            raise DataError(
                f"{self.archive.url} is not {self.archive.name}: it has {total} bytes and the "
                f"official file has {self.archive.size}; give --mirror or --from"
            )

    def _validator(self) -> str | None:
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            return str(note["validator"] or "") if note["url"] == self.archive.url else None
        except (OSError, ValueError, LookupError, TypeError):
            return None
