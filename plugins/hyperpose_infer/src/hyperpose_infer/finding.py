"""Finding people in all that one command is given, and the documents on it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hyperpose_core.errors import DataError, HyperposeError
from hyperpose_core.registry import get_registry
from hyperpose_core.support.files import write_text
from hyperpose_core.support.messages import Messages
from hyperpose_infer.image_files import no_folders
from hyperpose_infer.outputs import Outputs, Tell, Wanted
from hyperpose_infer.recording import ImageRecorder, Recorder, VideoRecorder
from hyperpose_infer.running import Running
from hyperpose_infer.sources.endings import is_video
from hyperpose_infer.tasks import Tasks
from hyperpose_infer.writers.json_lines import JsonLines
from hyperpose_infer.writers.results import Results

if TYPE_CHECKING:
    from hyperpose_core.inference import Predictor

LINES, RESULTS, DOCUMENT = "frames.jsonl", "results.json", "humans.json"


class Interrupted(HyperposeError):  # noqa: N818 - it is no error, as KeyboardInterrupt is none
    """The user stopped it; what was found up to then is written."""


class Finding:
    """Finds people in files and before cameras, and writes all that is wanted into a folder."""

    def __init__(
        self, predictor: Predictor, folder: Path, wanted: Wanted, tell: Tell, messages: Messages
    ) -> None:
        self.predictor, self.folder, self.messages = predictor, folder, messages
        self.wanted, self.tell = wanted, tell

    def __call__(
        self,
        files: Sequence[Path],
        cameras: Sequence[str],
        model: Mapping[str, Any],
        missing: Sequence[Path] = (),
    ) -> dict[str, Any]:
        """Do it, and return the document `humans.json`.

        Args:
            model: what the document says of it.
            missing: what was given besides and stands for no file.

        Raises:
            DataError: nothing can be read, or something, and `Wanted.strict` holds.
            InputError: a folder has the name of a file that is to be written.
            Interrupted: a signal ended it before the end; a camera has no other.
        """
        no_folders([self.folder / name for name in (LINES, RESULTS, DOCUMENT)])
        if before := [name for name in (LINES, DOCUMENT) if (self.folder / name).exists()]:
            self.messages.say(
                f"{self.folder}: {' and '.join(before)} of an earlier command, and pictures of the "
                f"same names, are replaced when an image or a frame is done"
            )
        run = Running(self.predictor, self.messages, self.wanted.strict)
        with closing(self._outputs()) as outputs:
            tasks = Tasks(
                self.folder, self.predictor.read, outputs, self.messages, self.wanted.strict
            ).of(files, cameras)
            try:
                run(tasks)
            finally:  # Also of what was done before an error.
                found = {**model, **_entries(run.done)}
                if run.done:
                    write_text(self.folder / DOCUMENT, json.dumps(found, indent=1) + "\n")
        if run.stopped and files:
            raise Interrupted(self._kept(run.done, outputs))
        self._check(run.done, [*files, *missing], cameras)
        return found

    def _outputs(self) -> Outputs:
        results = None
        if self.wanted.results is not None:
            results = Results(
                self.folder / RESULTS,
                self.wanted.results,
                self.predictor.config.data,
                self.predictor.family.skeleton,
                get_registry(),
            )
        return Outputs(self.wanted, self.tell, JsonLines(self.folder / LINES), results)

    def _check(
        self, done: Sequence[Recorder], files: Sequence[Path], cameras: Sequence[str]
    ) -> None:
        """Say how many files were skipped; DataError where all were."""
        count = len(files) + len(cameras)
        kinds = {
            "images": any(not is_video(file) for file in files),
            "videos": any(map(is_video, files)),
            "cameras": bool(cameras),
        }
        what = " and ".join(kind for kind, there in kinds.items() if there)
        read = sum(len(r.entries) for r in done)
        if not read:
            raise DataError(f"none of the {count} {what} can be read")
        if read < count:
            self.messages.warn(f"{count - read} of {count} {what} were skipped")

    def _kept(self, done: Sequence[Recorder], outputs: Outputs) -> str:
        frames = [recorder.kept for recorder in done]
        lines = f"{outputs.lines.path} has {outputs.lines.count} lines"
        return "stopped: " + (", ".join([*frames, lines]) if frames else "nothing was done")


def _entries(done: Sequence[Recorder]) -> dict[str, list[dict[str, Any]]]:
    """Return the parts of the document: `videos` only where there is one."""
    images = [entry for r in done if isinstance(r, ImageRecorder) for entry in r.entries]
    videos = [entry for r in done if isinstance(r, VideoRecorder) for entry in r.entries]
    return {"images": images, **({"videos": videos} if videos else {})}
