"""Preparing a dataset, from nothing, or from where the last time ended."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hyperpose_core.errors import DataError, InputError
from hyperpose_core.support.files import make_folder, remove_leftovers
from hyperpose_core.support.messages import Messages
from hyperpose_datatools.prepare.archives import ArchivesOf, Choice
from hyperpose_datatools.prepare.done import write_note
from hyperpose_datatools.prepare.download import Patience
from hyperpose_datatools.prepare.extract import unpack
from hyperpose_datatools.prepare.fetch import fetch
from hyperpose_datatools.prepare.plan import KEPT, LOCK, WORK, make_plan
from hyperpose_datatools.prepare.progress import amount
from hyperpose_datatools.prepare.sources import Source, find_sources
from hyperpose_datatools.prepare.space import check_space, needed, still_to_write
from hyperpose_training.start.lock import HOLDER, held


@dataclass(frozen=True)
class Prepared:
    """What came of it.

    Args:
        sources: where each archive came from.
        missing: the images that the annotations name and that are not there.
    """

    choice: Choice
    folder: Path
    sources: tuple[Source, ...]
    missing: tuple[Path, ...]


@dataclass(frozen=True)
class Preparation:
    """How to prepare.

    Args:
        folder: the dataset's; made where it is not there.
        given: archives that the user has, or folders of such.
        keep: leave the downloaded archives in `<folder>/archives`.
    """

    folder: Path
    given: tuple[Path, ...] = ()
    keep: bool = False
    patience: Patience = field(default_factory=Patience)
    messages: Messages = field(default_factory=Messages)

    def sources(self, choice: Choice) -> list[Source]:
        """Return where the archives will come from; errors as `find_sources`."""
        return find_sources(self.folder, choice.archives, self.given)

    def run(self, archives: ArchivesOf, choice: Choice) -> Prepared:
        """Get, check and unpack the archives, and look for images that are missing.

        What is done already is not done again; a run that is killed at any moment is gone on with
        by the next one.

        Raises:
            DataError: an archive is not the official one, is damaged, or may not be unpacked;
                nothing of it is left behind.
            DownloadError: an archive cannot be had; what came of it is kept.
            InputError: the folder cannot be written, or the disk is too small.
        """
        folder = self.folder
        check_space(folder, needed(self.sources(choice), self.keep))
        taken = f"{HOLDER} prepares {folder} just now: wait until it ends"
        with _writing(folder), held(folder / LOCK, taken, self.messages.warn):
            remove_leftovers(make_folder(folder / WORK))
            sources = self.sources(choice)
            for source in sources:
                self._prepare(source)
            missing = archives.missing_images(folder, choice.version, choice.splits)
        return Prepared(choice, folder, tuple(sources), tuple(missing))

    def _prepare(self, source: Source) -> None:
        archive, say = source.archive, self.messages.say
        if source.kind == "done":
            say(f"{archive.name}: unpacked already")
        else:
            self._unpack(source, fetch(source, self.patience, say, self.messages.quiet))
        self._clear_up(source)

    def _unpack(self, source: Source, path: Path) -> None:
        archive, quiet = source.archive, self.messages.quiet
        try:
            plan = make_plan(path, archive, quiet=quiet)
            check_space(self.folder, still_to_write(plan, self.folder))
            unpack(path, archive, plan, self.folder, quiet=quiet)
        except DataError:
            self._forget(source)
            raise
        write_note(self.folder, archive, plan)
        size = amount(sum(plan.sizes.values()))
        self.messages.say(f"{archive.name}: unpacked, {len(plan.sizes)} files, {size}")

    def _clear_up(self, source: Source) -> None:
        work = self.folder / WORK / source.archive.name
        if self.keep and work.is_file():
            work.replace(make_folder(self.folder / KEPT) / work.name)
        self._forget(source)

    def _forget(self, source: Source) -> None:
        work = self.folder / WORK / source.archive.name
        for path in (work, *work.parent.glob(f"{work.name}.part*")):
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Make the folder, say in a sentence why it cannot be written, and leave no empty ones."""
    made: list[Path] = []
    try:
        made += (path for path in (folder, *folder.parents) if not path.exists())
        make_folder(folder, option="--to")
        yield
    except OSError as error:
        raise InputError(
            f"cannot write into {folder}: {error}; mend that and run the same command again"
        ) from error
    finally:
        _remove_empty([folder / WORK, *made])


def _remove_empty(folders: Sequence[Path]) -> None:
    for path in folders:
        with contextlib.suppress(OSError):
            path.rmdir()
