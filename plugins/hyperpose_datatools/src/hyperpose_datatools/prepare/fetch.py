"""Getting one archive onto the disk, whole and checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hyperpose_core.errors import DataError
from hyperpose_datatools.prepare.checks import check_file, strength
from hyperpose_datatools.prepare.download import Download, Patience
from hyperpose_datatools.prepare.progress import amount, bar
from hyperpose_datatools.prepare.sources import Source


def fetch(source: Source, patience: Patience, say: Callable[[str], None], quiet: bool) -> Path:
    """Return the path of an archive, downloaded where it has to be, that is the official one.

    Raises:
        DataError: it is not the official one. What was downloaded is deleted, the user's own file
            is left as it is.
        DownloadError: it cannot be had; what came is kept for the next time.
    """
    archive, path = source.archive, source.path
    if source.kind == "local":
        check_file(path, archive, quiet=quiet)
        say(f"{archive.name}: {path} is right ({strength(archive)})")
        return path
    if path.is_file() and _is_official(source, quiet):
        return path
    download = Download(archive, source.part, patience, say)
    _download(download, quiet)
    download.finish(path)
    say(f"{archive.name}: downloaded, {amount(path.stat().st_size)}, right by {strength(archive)}")
    return path


def _is_official(source: Source, quiet: bool) -> bool:
    try:
        check_file(source.path, source.archive, quiet=quiet)
    except DataError:
        source.path.unlink()
        return False
    return True


def _download(download: Download, quiet: bool) -> None:
    """Download and check; what does not fit with an earlier part is downloaded anew, once."""
    archive = download.archive
    for last in (False, True):
        with bar(archive.name, archive.size, download.have, quiet=quiet) as shown:
            resumed = download.run(shown)
        try:
            check_file(download.part, archive, quiet=quiet)
            return
        except DataError as error:
            download.discard()
            if last or not resumed:
                raise DataError(
                    f"{archive.url}: {str(error).replace(str(download.part), 'what came')}; it was "
                    f"deleted. Try another --mirror, or --from with a file that is right"
                ) from error
            download.say(f"{archive.name}: the parts do not fit together; starting over")
