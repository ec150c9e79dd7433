"""Sources: where settings come from, and which one wins."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hyperpose_core.config.options import set_option, update
from hyperpose_core.config.schema import Config
from hyperpose_core.config.serial import from_dict
from hyperpose_core.config.text import parse_option
from hyperpose_core.errors import ConfigError
from hyperpose_core.support.files import read_text
from hyperpose_core.support.toml import tomllib


def resolve_config(
    *,
    run: Mapping[str, Any] | str | Path | None = None,
    defaults: Mapping[str, Any] | None = None,
    file: str | Path | None = None,
    options: Mapping[str, Any] | None = None,
    sets: Iterable[str] = (),
) -> Config:
    """Put the settings together; of two sources the later one of this list wins.

    The defaults; the run's own configuration; the TOML file; the command's options; `--set`.

    Args:
        defaults: `"group.key"` to value, in place of the settings' own.
        run: what `to_dict` made, or the path of the run's `config.json`.
        file: a TOML file.
        options: `"group.key"` to value; None means that the option was not given.
        sets: texts `"group.key=value"`.

    Raises:
        ConfigError: a source cannot be read, or a setting is wrong; it names the source.
    """
    if isinstance(run, str | Path):
        data = load_run_config(run)
        with _naming(run):
            config = from_dict(data)
    else:
        config = Config() if run is None else from_dict(run)
    for key, value in (defaults or {}).items():
        set_option(config, key, value)
    if file is not None:
        _update_from_toml(config, Path(file))
    for key, value in (options or {}).items():
        if value is not None:
            set_option(config, key, value)
    for text in sets:
        set_option(config, *parse_option(text))
    return config


def load_config(file: str | Path) -> Config:
    """Read a TOML file over the defaults: a table for each group.

    Raises:
        ConfigError: the file is missing or is not TOML, or a setting is wrong.
    """
    return resolve_config(file=file)


def load_run_config(path: str | Path) -> dict[str, Any]:
    """Read the settings, as `to_dict` made them, from a run's `config.json`.

    Raises:
        ConfigError: the file is missing or is not what a run writes.
    """
    try:
        data = json.loads(_read(Path(path)))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the run's configuration {path} is not JSON: {error}") from error
    data = data.get("config", data) if isinstance(data, dict) else data
    if not isinstance(data, dict):
        raise ConfigError(f"the run's configuration {path} is not a table of groups")
    return data


def _update_from_toml(config: Config, path: Path) -> None:
    try:
        data = tomllib.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the configuration {path} is not TOML: {error}") from error
    with _naming(path):
        update(config, data)


@contextlib.contextmanager
def _naming(path: str | Path) -> Iterator[None]:
    """Let errors of settings name the file that they are in."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def _read(path: Path) -> str:
    try:
        return read_text(path)
    except OSError as error:
        raise ConfigError(
            f"cannot read the configuration {path}: {error.strerror or error}"
        ) from error
