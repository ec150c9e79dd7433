"""Recorders: the people of one source, drawn and written frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from hyperpose_core.data.drawing import save_picture
from hyperpose_core.inference.stream import Seen
from hyperpose_core.support.messages import Messages
from hyperpose_infer.counts import counted
from hyperpose_infer.image_files import text_of
from hyperpose_infer.outputs import Outputs
from hyperpose_infer.sources import Frame
from hyperpose_infer.sources.camera import Camera
from hyperpose_infer.sources.images import Images
from hyperpose_infer.sources.video import Video
from hyperpose_infer.writers.video import VideoFile

Entry = dict[str, Any]


class Recorder(Protocol):
    """Takes the frames of a source, in order, from one thread."""

    frames: int

    @property
    def entries(self) -> list[Entry]:
        """Return what `humans.json` has of them."""
        ...

    @property
    def kept(self) -> str:
        """Return where the frames are that it took, in words."""
        ...

    def __call__(self, frame: Frame, seen: Seen) -> None:
        """Take a frame and what came of it."""
        ...

    def close(self, stopped: bool) -> None:
        """Make what was written whole; `stopped`: before the source's end."""
        ...


class ImageRecorder:
    """Writes a picture for each image file.

    Args:
        pictures, maps: one for each of the source's files, in its order; the latter where wanted.
        ids: what the files are called in results.
    """

    def __init__(
        self,
        source: Images,
        pictures: Sequence[Path],
        maps: Sequence[Path],
        ids: Sequence[int | str],
        outputs: Outputs,
        messages: Messages,
    ) -> None:
        self.source, self.pictures, self.maps, self.ids = source, pictures, maps, ids
        self.outputs, self.messages = outputs, messages
        self.entries: list[Entry] = []
        self.frames = 0
        self._following = outputs.following()

    @property
    def kept(self) -> str:
        """Say how many images are done."""
        return f"{self.frames} of {len(self.pictures)} images are done"

    def __call__(self, frame: Frame, seen: Seen) -> None:
        """Draw and write the people of one image."""
        image, picture = self.source.paths[frame.number], self.pictures[frame.number]
        people = self.outputs.people(self._following, seen.people, frame.time)
        maps, pixels = self.outputs.wanted.maps, frame.pixels
        drawn = self.outputs.draw(pixels.copy() if maps else pixels, people)
        save_picture(picture, drawn)
        more = {}
        if maps and maps.write(self.maps[frame.number], pixels, drawn, seen):
            more = {"maps": text_of(self.maps[frame.number])}
        which = {"image": text_of(image)}
        written = self.outputs.write(which, self.ids[frame.number], people)
        self.entries.append({**which, "picture": text_of(picture), **more, "people": written})
        self.frames += 1
        self.outputs.tell(image, [person.human for person in people], picture)
        self.messages.say(f"{image}: {counted(len(people), 'person', 'people')}, {picture}")

    def close(self, stopped: bool) -> None:
        """Nothing is open."""


class VideoRecorder:
    """Writes a video with people drawn into each frame.

    Args:
        source: a video, or a camera.
        path: the video to write.
        prefix: what comes before a frame's number in results.
    """

    def __init__(
        self,
        source: Video | Camera,
        path: Path,
        prefix: str,
        outputs: Outputs,
        messages: Messages,
    ) -> None:
        self.source, self.prefix, self.outputs, self.messages = source, prefix, outputs, messages
        self.video = VideoFile(path, source.rate, source.live)
        self.frames = self._people = 0
        self._file = source.file or Path(source.name)
        self._key, self._what = (
            ("camera", source.which)
            if isinstance(source, Camera)
            else ("video", text_of(self._file))
        )
        self._following = outputs.following()
        self._numbers: set[int] = set()
        self._stopped = False

    @property
    def entries(self) -> list[Entry]:
        """Return what there is of the whole video; its people are in the JSON lines."""
        return [
            {
                self._key: self._what,
                "picture": text_of(self.video.path),
                "frames": self.frames,
                "rate": round(self.source.rate, 3),
            }
        ]

    @property
    def kept(self) -> str:
        """Say how many frames the video has."""
        return f"{self.video.path} has {self._count} frames"

    @property
    def _count(self) -> str:
        """Return how many frames there are, and of how many."""
        whole = self.source.count
        return f"{self.frames} of {whole}" if whole and self._stopped else str(self.frames)

    def __call__(self, frame: Frame, seen: Seen) -> None:
        """Draw and write the people of one frame."""
        people = self.outputs.people(self._following, seen.people, frame.time)
        if not self.frames:
            self._say_what_changes(frame)
        self.video.write(self.outputs.draw(frame.pixels, people), frame.time)
        which = {self._key: self._what, "frame": frame.number, "time": round(frame.time, 4)}
        name = f"{self.prefix}{frame.number}" if self.prefix else frame.number
        self.outputs.write(which, name, people)
        self.frames += 1
        self._people = max(self._people, len(people))
        self._numbers.update(person.number for person in people if person.number is not None)
        self.outputs.tell(self._file, [person.human for person in people], self.video.path)

    def close(self, stopped: bool) -> None:
        """Make the video whole, and say what is in it."""
        self._stopped = stopped
        self.video.close()
        if not self.frames:
            return
        followed = f", {len(self._numbers)} different ones" if self._numbers else ""
        self.messages.say(
            f"{self.source.name}: {self._count} frames, up to "
            f"{counted(self._people, 'person', 'people')} in one"
            f"{followed}, {self.video.path}"
        )
        for problem in [] if stopped or isinstance(self.source, Camera) else self.source.problems():
            self.messages.warn(problem)

    def _say_what_changes(self, frame: Frame) -> None:
        """Say what is not in the video that is written."""
        if not isinstance(self.source, Camera):
            self.messages.say(
                f"{self.source.name}: sound, if there is any, is not kept in {self.video.path}; "
                f"ffmpeg can copy it there"
            )
        height, width = frame.pixels.shape[:2]
        if width % 2 or height % 2:
            self.messages.say(
                f"{self.source.name} is {width}x{height}: {self.video.path} has even sides only "
                f"and is without the last {'column' if width % 2 else 'row'}"
                f"{' and row' if width % 2 and height % 2 else ''}"
            )
