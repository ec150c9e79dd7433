"""Work beside the network: drawing and writing, in a thread of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Beside(Generic[P]):
    """Calls a function in another thread, one call after the other, and is a few calls ahead.

    Leaving the context waits for the calls; their errors are raised here, by a later call or then.

    Args:
        ahead: how many calls may wait; whoever makes another one waits for the first.
    """

    def __init__(self, function: Callable[P, object], ahead: int = 8) -> None:
        self._function, self._ahead = function, ahead
        self._waiting: deque[Future[object]] = deque()
        self._thread = ThreadPoolExecutor(1, "writing")

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Make a call; it raises what one of those before has raised."""
        while len(self._waiting) >= self._ahead:
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(self._function, *args, **kwargs))

    def __enter__(self) -> Beside[P]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._thread.shutdown()
        if error is None:
            for call in self._waiting:
                call.result()
