"""`--model-file`: an exported file in place of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from hyperpose_core.errors import InputError
from hyperpose_core.runs import Run

_Command = TypeVar("_Command", bound=Callable[..., Any])


def model_file_options(command: _Command) -> _Command:
    """Add `--model-file` and `--runtime`."""
    command = click.option(
        "--runtime", metavar="NAME", help="What runs the exported file, as list-plugins names it."
    )(command)
    return click.option(
        "--model-file", metavar="FILE", type=Path, help="An exported file, in place of a run."
    )(command)


def no_runtime_without(file: Path | None, runtime: str | None) -> None:
    """Raise InputError where a runtime is named and no exported file, which it could run."""
    if runtime is not None and file is None:
        raise InputError(
            f"--runtime {runtime} runs an exported file: name one with --model-file; a run's own "
            f"model is run by TensorFlow"
        )


def described(file: Path, name: str | None, weights: str | None) -> Path:
    """Return the description beside an exported file.

    Raises:
        InputError: there is no such file or no description, or a run is named besides.
    """
    from hyperpose_core.inference.load import description

    if name is not None or weights is not None:
        raise InputError("--model-file takes the place of a run: leave out --name and --weights")
    if not file.exists():
        raise InputError(f"there is no exported file {file}; hyperpose export makes one of a run")
    if not description(file).is_file():
        raise InputError(f"{file} lacks its description {description(file)}: keep them together")
    return description(file)


def results_of(file: Path) -> Run:
    """Return where pictures and results of an exported file lie: in a folder beside it."""
    return Run(Path(f"{file}.results"))
