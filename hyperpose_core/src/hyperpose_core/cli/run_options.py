"""The options that `train` and `eval` share, and the configuration that they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from hyperpose_core.config import Config, parse_option, resolve_config
from hyperpose_core.runs import Run

_Command = TypeVar("_Command", bound=Callable[..., Any])

SETTINGS = {
    "name": "model.name",
    "model": "model.type",
    "backbone": "model.backbone",
    "backbone_weights": "model.backbone_weights",
    "origin": "model.weights",
    "partial": "model.partial_weights",
    "dataset": "data.type",
    "data": "data.path",
    "steps": "train.steps",
    "batch_size": "train.batch_size",
    "save_dir": "log.save_dir",
    "seed": "train.seed",
    "quiet": "log.quiet",
    "strict": "data.strict",
    "skip_bad_batches": "train.skip_bad_batches",
    "weights": "eval.weights",
}

_OPTIONS = (
    click.option("--name", metavar="RUN", help="The run: a folder of --save-dir."),
    click.option("--model", metavar="NAME", help="The architecture, as list-plugins names it."),
    click.option(
        "--backbone", metavar="NAME", help="The backbone; the model's default if left out."
    ),
    click.option("--dataset", metavar="NAME", help="The dataset, as list-plugins names it."),
    click.option("--data", metavar="DIR", help="The folder that holds the dataset."),
    click.option("--split", metavar="NAME", help="The split to train or to evaluate on."),
    click.option("--input-size", metavar="WxH", help="Width and height of the network's input."),
    click.option("--config", "file", metavar="FILE.toml", help="Settings, a table for each group."),
    click.option("--set", "sets", metavar="GROUP.KEY=VALUE", multiple=True, help="One setting."),
    click.option(
        "--save-dir", metavar="DIR", help="The folder of all runs.  [default: ./save_dir]"
    ),
    click.option("--strict", is_flag=True, default=None, help="An unreadable image is an error."),
    click.option("--quiet", is_flag=True, default=None, help="No progress bar and no messages."),
)


def run_options(command: _Command) -> _Command:
    """Add the shared options; the command gets them as keyword arguments for `read_config`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_config(
    *,
    split_setting: str,
    from_run: bool,
    defaults_of: Callable[[Config], Mapping[str, Any]] | None = None,
    settings: Path | None = None,
    split: str | None,
    input_size: str | None,
    file: str | None,
    sets: tuple[str, ...],
    **given: Any,
) -> Config:
    """Put the configuration together: defaults, the run's own, the TOML file, options, `--set`.

    Args:
        split_setting: what `--split` sets.
        from_run: take what is not given from the run's own configuration, where there is one.
        defaults_of: returns `"group.key"` to value from what is given: settings that a new run has
            unless they are given.
        settings: the file that has this configuration, where it is not in the run.

    Raises:
        ConfigError: a setting is wrong.
    """
    options = {SETTINGS[key]: value for key, value in given.items()}
    options[split_setting] = split
    if input_size is not None:
        key, value = parse_option(f"model.input_size={input_size}")
        options[key] = value
    if settings is not None:
        return resolve_config(run=settings, file=file, options=options, sets=sets)
    config = resolve_config(file=file, options=options, sets=sets)
    run = Run.of(config)
    if from_run and run.exists():
        return resolve_config(run=run.config, file=file, options=options, sets=sets)
    if defaults_of is None:
        return config
    return resolve_config(defaults=defaults_of(config), file=file, options=options, sets=sets)


def runs_in(save_dir: str) -> list[str]:
    """Return the names of the runs that a folder holds."""
    return sorted(path.parent.name for path in Path(save_dir).glob("*/config.json"))
