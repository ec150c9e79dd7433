"""Tasks: the sources that the command line names, and where what is found in each is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.support.messages import Messages
from hyperpose_infer.image_files import new_file, no_folders, picture_paths
from hyperpose_infer.outputs import Outputs
from hyperpose_infer.recording import ImageRecorder, VideoRecorder
from hyperpose_infer.running import Task
from hyperpose_infer.sources.camera import Camera
from hyperpose_infer.sources.endings import is_video
from hyperpose_infer.sources.images import Images
from hyperpose_infer.sources.video import Video
from hyperpose_infer.writers.results import image_ids
from hyperpose_infer.writers.video import ENDING

Read = Callable[[Path], NDArray[np.uint8]]


Item = tuple[Path, Path, Path, "int | str"]
"""A file, its picture, that of its maps, and its id in results; a video's id is what comes before
its frames' numbers."""


@dataclass(frozen=True)
class Tasks:
    """Makes the tasks of one command.

    Args:
        folder: for pictures and videos.
        read: reads an image file.
        strict: an image file that cannot be read is an error.
    """

    folder: Path
    read: Read
    outputs: Outputs
    messages: Messages
    strict: bool

    def of(self, files: Sequence[Path], cameras: Sequence[str]) -> list[Task]:
        """Return the tasks: image files that follow each other are one, and each video is one."""
        pictures = picture_paths(files, self.folder)
        maps = picture_paths(files, self.folder, pictures, "_maps")
        no_folders([*pictures, *(maps if self.outputs.wanted.maps else ())])
        if self.outputs.wanted.maps and (cameras or any(map(is_video, files))):
            self.messages.say("pictures of maps are made of images, not of videos and cameras")
        ids = self._ids(files, pictures, alone=len(files) + len(cameras) == 1)
        tasks = []
        for video, group in groupby(zip(files, pictures, maps, ids, strict=True), _is_video):
            items = list(group)
            tasks += [self._video(item) for item in items] if video else [self._images(items)]
        return tasks + [self._camera(which, alone=not tasks) for which in cameras]

    def _ids(self, files: Sequence[Path], pictures: Sequence[Path], alone: bool) -> list[int | str]:
        of_images, by_stem = image_ids([file for file in files if not is_video(file)])
        if not by_stem and self.outputs.results is not None:
            self.messages.warn("some images share a name: in the results their ids are whole paths")
        images = iter(of_images)
        prefixes = ("" if alone else f"{picture.stem}/" for picture in pictures)
        return [
            prefix if is_video(file) else next(images)
            for file, prefix in zip(files, prefixes, strict=True)
        ]

    def _images(self, items: Sequence[Item]) -> Task:
        files, pictures, maps, ids = zip(*items, strict=True)
        source = Images(files, self.read, self.messages, self.strict)
        return Task(
            source, lambda: ImageRecorder(source, pictures, maps, ids, self.outputs, self.messages)
        )

    def _video(self, item: Item) -> Task:
        file, picture, _, prefix = item
        return self._frames(Video(file, self.messages), picture, str(prefix))

    def _camera(self, which: str, alone: bool) -> Task:
        camera = Camera(which)
        # What a camera saw cannot be made again: no recording replaces one.
        path = new_file(self.folder / f"{camera.file_name}{ENDING}")
        return self._frames(camera, path, "" if alone else f"{path.stem}/")

    def _frames(self, source: Video | Camera, path: Path, prefix: str) -> Task:
        return Task(
            source, lambda: VideoRecorder(source, path, prefix, self.outputs, self.messages)
        )


def _is_video(item: Item) -> bool:
    return is_video(item[0])
