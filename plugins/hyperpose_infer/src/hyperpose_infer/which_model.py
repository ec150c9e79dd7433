"""Which model `hyperpose infer` uses: a run's or an exported file's, or how to come to one."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hyperpose_core.cli.run_options import runs_in
from hyperpose_core.errors import InputError
from hyperpose_core.runs import Run
from hyperpose_infer.image_files import text_of
from hyperpose_infer.model_file import described, results_of


@dataclass(frozen=True)
class WhichModel:
    """A model to use.

    Args:
        path: the run's folder or the exported file.
        run: where pictures go.
        settings: the file with its configuration.
        exported: it is a file and no run.
    """

    path: Path
    run: Run
    settings: Path
    exported: bool

    @property
    def words(self) -> dict[str, Any]:
        """Return what JSON documents say of it."""
        return {"model_file": text_of(self.path)} if self.exported else {"run": self.run.name}


def which_model(
    name: str | None,
    model_file: Path | None,
    save_dir: str,
    weights: str | None,
    given: Sequence[str],
) -> WhichModel:
    """Return the model that `--name` or `--model-file` names.

    Args:
        given: what to look at, for the command in the message.

    Raises:
        InputError: neither names one that there is: which there are, or how to come to one.
    """
    if model_file is not None:
        settings = described(model_file, name, weights)
        return WhichModel(model_file, results_of(model_file), settings, exported=True)
    trained = [run for run in runs_in(save_dir) if Run(Path(save_dir) / run).models]
    if name is None:
        raise InputError(_how_to_come_to_one(trained, save_dir, given))
    run = Run(Path(save_dir) / name)
    if not run.newest_model.is_file():
        known = ", ".join(runs_in(save_dir)) or "none"
        raise InputError(f"there is no trained run {name!r} in {save_dir}; there is: {known}")
    return WhichModel(run.folder, run, run.config, exported=False)


def _how_to_come_to_one(trained: Sequence[str], save_dir: str, given: Sequence[str]) -> str:
    if len(trained) == 1:
        words = Run(Path(save_dir) / trained[0]).words
        return f"which model? {save_dir} holds one run: hyperpose infer {shlex.join(given)} {words}"
    if trained:
        return (
            f"which model? Name a run with --name or an exported file with --model-file; the runs "
            f"in {save_dir} are {', '.join(trained)}"
        )
    return (
        f"which model? Name a run with --name or an exported file with --model-file; there is no "
        f"run in {save_dir} yet: `hyperpose import-weights FILE --model LightweightOpenpose --name "
        f"lw` makes one of published weights in a minute, `hyperpose train --name first` trains "
        f"one on drawn people"
    )
