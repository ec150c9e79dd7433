"""Ahead: iterators that run in threads of their own, while what they made before is used."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar

_Thing = TypeVar("_Thing")
_END = object()
PATIENCE = 2.0
"""Seconds that `close` waits for a thread: one may hang in somebody's camera."""


class _Raised(NamedTuple):
    error: BaseException


class Threads:
    """Iterators, each over the one before, in a thread each, with room for so many things.

    Attributes:
        closed: whether `close` was called.
    """

    def __init__(self, room: int) -> None:
        self.closed = False
        self._room = threading.Semaphore(room)
        self._queues: list[SimpleQueue[Any]] = []
        self._threads: list[threading.Thread] = []

    def with_room(self, things: Iterable[_Thing]) -> Iterator[_Thing]:
        """Yield the things, each when there is room for it; `taken` makes some."""
        things = iter(things)
        while self._room.acquire() and not self.closed:
            try:
                yield next(things)
            except StopIteration:
                return

    def taken(self) -> None:
        """Say that one thing is no longer here."""
        self._room.release()

    def ahead(self, things: Iterable[_Thing]) -> Iterator[_Thing]:
        """Yield the same things, made by a thread, which starts when the first of them is wanted.

        What is raised there is raised here, after the things before.
        """
        queue: SimpleQueue[Any] = SimpleQueue()
        thread = threading.Thread(target=self._make, args=(things, queue), daemon=True)
        self._queues.append(queue)
        self._threads.append(thread)
        thread.start()
        while (thing := queue.get()) is not _END and not self.closed:
            if isinstance(thing, _Raised):
                raise thing.error
            yield thing

    def close(self) -> None:
        """Wake and end all threads, and wait until what they are at is done."""
        self.closed = True
        self.taken()
        for queue in self._queues:
            queue.put(_END)
        for thread in self._threads:
            with suppress(RuntimeError):  # the garbage collector may call this in any thread
                thread.join(PATIENCE)

    def _make(self, things: Iterable[_Thing], queue: SimpleQueue[Any]) -> None:
        try:
            for thing in things:
                queue.put(thing)
                if self.closed:
                    return
        except BaseException as error:  # noqa: BLE001 - it is raised in the other thread
            queue.put(_Raised(error))
        finally:
            queue.put(_END)
