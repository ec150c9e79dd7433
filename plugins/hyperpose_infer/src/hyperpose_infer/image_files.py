"""The files that `hyperpose infer` is given, and the names of the pictures that it writes."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hyperpose_core.data.image_files import ENDINGS
from hyperpose_core.errors import InputError
from hyperpose_core.support.messages import Messages
from hyperpose_infer.counts import counted
from hyperpose_infer.sources.endings import VIDEO_ENDINGS, is_video

_LONGEST = 200
"""Bytes of a file's name that its picture has: 255 are all that file systems take, and more comes
before and behind it."""


@dataclass(frozen=True)
class Given:
    """What is to be looked at.

    Args:
        files: in the order in which they are given.
        missing: what is given and stands for no file.
    """

    files: list[Path]
    missing: list[Path]


def image_files(
    given: Sequence[Path], messages: Messages, strict: bool = False, cameras: int = 0
) -> Given:
    """Return the files, and in place of every folder or pattern what it holds, ordered by name.

    A pattern is what holds `*`, `?` or `[` and is no file: `photos/*.jpg`, `**` for all folders.
    What stands for no file is named, and the others are done.

    Args:
        strict: what stands for no file is an error.
        cameras: how many of them are looked at, too.

    Raises:
        InputError: nothing that is given stands for a file, and there is no camera.
    """
    files: list[Path] = []
    problems: dict[Path, str] = {}
    for path in given:
        try:
            files += _files(path, messages)
        except InputError as error:
            if strict:
                raise
            problems[path] = str(error)
    if problems and not files and not cameras:
        raise InputError("; ".join(problems.values()))
    for problem in problems.values():
        messages.warn(f"skipped: {problem}")
    return Given(files, list(problems))


def _files(path: Path, messages: Messages) -> list[Path]:
    found = [path] if path.exists() else _matching(path)
    return [f for one in found for f in (_in_folder(one, messages) if one.is_dir() else [one])]


def _matching(path: Path) -> list[Path]:
    pattern = str(path)
    if not glob.has_magic(pattern):
        raise InputError(f"there is no {'video' if is_video(path) else 'image'} file {path}")
    found = sorted(Path(name) for name in glob.glob(pattern, recursive=True))
    if "**" in path.parts:  # what folders hold matches by itself
        found = [one for one in found if not one.is_dir()]
    if not found:
        raise InputError(f"there is no file {path}, and none that this pattern matches")
    return found


def _in_folder(folder: Path, messages: Messages) -> list[Path]:
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        raise InputError(f"cannot look into the folder {folder}: {error.strerror}") from error
    known = {*ENDINGS, *VIDEO_ENDINGS}
    files = [path for path in inside if not path.is_dir()]
    folders = [path for path in inside if path.is_dir()]
    if named := [path for path in folders if path.suffix.lower() in known]:
        messages.warn(f"skipped, as they are folders: {', '.join(map(str, named))}")
    found = [path for path in files if path.suffix.lower() in known]
    deeper = (
        f"{counted(len(folders), 'folder', 'folders')} in it not looked into; "
        f'"{folder / "**" / "*"}" is all that is in it'
    )
    if not found:
        raise InputError(
            f"the folder {folder} holds no image ({', '.join(ENDINGS)}) and no video "
            f"({', '.join(VIDEO_ENDINGS)}){f'; {deeper}' if folders else ''}"
        )
    if folders:
        messages.say(f"{folder}: {deeper}")
    if len(found) < len(files):
        others = sorted({path.suffix or path.name for path in files} - {p.suffix for p in found})
        messages.say(
            f"{folder}: {len(files) - len(found)} files are left out, by their endings neither "
            f"images nor videos: {', '.join(others)}"
        )
    return found


def picture_paths(
    files: Sequence[Path], folder: Path, others: Sequence[Path] = (), suffix: str = ""
) -> list[Path]:
    """Return for each file its picture in a folder, each of them once, and none a file of these.

    Where some of the files lie in that folder a picture goes over nothing that is there. The
    picture of a video is a video.

    Args:
        others: files that the pictures must not be either.
        suffix: what comes after the name that a picture has from its file.
    """
    taken = {_key(file) for file in (*files, *others)}
    if _key(folder) in {_key(file.parent) for file in files}:
        taken |= {_key(path) for path in folder.iterdir()}
    found = []
    for number, file in enumerate(files):
        ending = ".mp4" if is_video(file) else ".png"
        stem = text_of(file.stem).encode()[:_LONGEST].decode(errors="ignore")
        picture = folder / f"{stem}{suffix}{ending}"
        while _key(picture) in taken:
            picture = folder / f"{picture.stem}_{number}{ending}"
        taken.add(_key(picture))
        found.append(picture)
    return found


def no_folders(paths: Sequence[Path]) -> None:
    """Raise InputError where a folder has the name of a file that is to be written."""
    for path in paths:
        if path.is_dir():
            raise InputError(f"cannot write {path}: a folder has that name; choose another --out")


def text_of(path: Path | str) -> str:
    """Return a path as text that JSON can hold, with bytes that are not UTF-8 in hexadecimals."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def new_file(path: Path) -> Path:
    """Return the path, or that with the first number behind its stem that no file has yet."""
    number, new = 1, path
    while new.exists():
        number += 1
        new = path.with_name(f"{path.stem}_{number}{path.suffix}")
    return new


def _key(path: Path) -> str:
    """Return what is the same for paths of one file, also where A and a are one letter."""
    # Not Path.resolve, which fails on links that lead to themselves.
    return os.path.realpath(path).lower()
