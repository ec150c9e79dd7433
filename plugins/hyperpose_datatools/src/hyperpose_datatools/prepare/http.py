"""One HTTP request for a file, or for the rest of it (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import contextlib
import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

from hyperpose_core.errors import DownloadError
from hyperpose_core.support.version import __version__

CHUNK = 1 << 18
_TRANSIENT = {408, 425, 429}
_UNSATISFIABLE = 416


class BrokenOffError(DownloadError):
    """What another attempt may mend: a connection that broke, a server that is busy."""


@dataclass
class Answer:
    """What a server sends.

    Args:
        start: the offset of the first byte that it sends; the whole file begins at 0.
        total: size of the whole file; None where the server does not say.
        validator: what tells this content from another one at the same place, for `ask`.
        body: the bytes.
    """

    start: int
    total: int | None
    validator: str | None
    body: http.client.HTTPResponse | None

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes as they come.

        Raises:
            BrokenOffError: the connection broke, as far as HTTP can tell.
        """
        try:
            while self.body is not None and (data := self.body.read1(CHUNK)):
                yield data
        except (OSError, http.client.HTTPException) as error:
            raise BrokenOffError(f"the connection broke: {_why(error)}") from error


@contextlib.contextmanager
def ask(url: str, start: int, validator: str | None, timeout: float) -> Iterator[Answer]:
    """Ask for the bytes from `start` on.

    Args:
        validator: of the content whose first bytes are there already; a server that has another
            one now sends all of it. None: not known.
        timeout: seconds without a byte.

    Raises:
        BrokenOffError: it may work another time.
        DownloadError: the server refuses.
    """
    with contextlib.closing(_open(url, start, validator, timeout)) as response:
        yield _answer(response, start)


def _open(
    url: str, start: int, validator: str | None, timeout: float
) -> http.client.HTTPResponse | urllib.error.HTTPError:
    request = urllib.request.Request(url, headers={"User-Agent": f"hyperpose/{__version__}"})
    if start:
        request.add_header("Range", f"bytes={start}-")
        if validator:
            request.add_header("If-Range", validator)
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        if error.code == _UNSATISFIABLE and start:
            return error
        text = f"{url} answers {error.code} {error.reason}".rstrip()
        error.close()
        raise (BrokenOffError if error.code >= 500 or error.code in _TRANSIENT else DownloadError)(
            text
        ) from error
    except (http.client.InvalidURL, ValueError) as error:
        raise DownloadError(f"{url} is not a URL that can be asked: {error}") from error
    except (OSError, http.client.HTTPException) as error:
        raise BrokenOffError(f"{url} cannot be reached: {_why(error)}") from error
    return response


def _answer(response: http.client.HTTPResponse | urllib.error.HTTPError, start: int) -> Answer:
    first, total = _content_range(response.headers.get("Content-Range", ""))
    if isinstance(response, urllib.error.HTTPError):
        # The rest is empty: the file is whole already, or it is not this file.
        return Answer(start if total == start else -1, total, None, None)
    tag = response.headers.get("ETag", "")
    validator = tag if tag.startswith('"') else response.headers.get("Last-Modified")
    if response.status == http.client.PARTIAL_CONTENT:
        return Answer(-1 if first is None else first, total, validator, response)
    length = response.headers.get("Content-Length", "")
    return Answer(0, int(length) if length.isdecimal() else None, validator, response)


def _content_range(text: str) -> tuple[int | None, int | None]:
    found = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(?:(\d+)|\*)", text.strip())
    first, total = found.groups() if found else (None, None)
    return (None if first is None else int(first)), (None if total is None else int(total))


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason) or type(error).__name__
