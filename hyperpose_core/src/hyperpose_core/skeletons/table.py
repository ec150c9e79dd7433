"""Skeleton tables: keypoints and limbs of one's own, from a TOML file or a table of settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons.skeleton import Skeleton
from hyperpose_core.support.files import read_text
from hyperpose_core.support.toml import tomllib

KEYS = ("name", "keypoints", "limbs", "flip_pairs", "sigmas", "derived")


def read_skeleton(path: str | Path) -> Skeleton:
    """Read a skeleton from a TOML file; its name is the file's where it has none.

    ::

        keypoints = ["nose", "left_ear", "right_ear"]
        limbs = [["nose", "left_ear"], ["nose", "right_ear"]]
        [sigmas]
        nose = 0.026

    Raises:
        ConfigError: the file cannot be read, is not TOML (it says at which line), or a key of it is
            wrong (it says which).
    """
    path = Path(path)
    try:
        table = tomllib.loads(read_text(path))
    except OSError as error:
        raise ConfigError(f"cannot read the skeleton {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the skeleton {path} is not TOML: {error}") from error
    try:
        return skeleton_from_table({"name": path.stem, **table})
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def skeleton_from_table(table: Mapping[str, Any]) -> Skeleton:
    """Make a skeleton from a table.

    Args:
        table: `name`, `keypoints`; as needed `limbs`, pairs of names or of indices from 0,
            `flip_pairs`, pairs of names, `sigmas`, a number for each keypoint as a list or by name,
            and `derived`, by name the names of which a keypoint is the middle.

    Raises:
        ConfigError: an unknown key, or a value that does not fit; it names the key.
    """
    for key in table:
        if key not in KEYS:
            raise ConfigError(f"a skeleton has no {key!r}; there are {', '.join(KEYS)}")
    names = _names("keypoints", table.get("keypoints"))
    if not isinstance(table.get("name"), str) or not names:
        raise ConfigError("a skeleton needs a name, and keypoints: a list of names")
    if len(set(names)) != len(names):
        raise ConfigError(f"the skeleton names a keypoint twice: {', '.join(names)}")
    return Skeleton(
        name=table["name"],
        keypoints=names,
        limbs=tuple(_limb(number, limb, names) for number, limb in _each(table, "limbs")),
        sigmas=sigmas(table.get("sigmas", ()), names),
        derived=_derived(table.get("derived", {}), names),
        flip_pairs=tuple(_flip(number, pair, names) for number, pair in _each(table, "flip_pairs")),
    )


def sigmas(given: Any, names: Sequence[str]) -> tuple[float, ...]:
    """Read a list of sigmas, or a table of them by keypoint.

    Raises:
        ConfigError: there is not one number above 0 for each keypoint.
    """
    if isinstance(given, Mapping):
        for name in given:
            _known("sigmas", name, names)
        missing = [name for name in names if name not in given]
        if given and missing:
            raise ConfigError(f"sigmas lack {', '.join(missing)}")
        given = [given[name] for name in names if name in given]
    if not isinstance(given, list | tuple) or len(given) not in (0, len(names)):
        raise ConfigError(f"sigmas: give one number for each of the {len(names)} keypoints")
    for number in given:
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < 1e6:
            raise ConfigError(f"sigmas: {number!r:.80} is no number above 0")
    return tuple(float(number) for number in given)


def _names(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(v, str) and v for v in value):
        raise ConfigError(f"{key} must be a list of names; got {value!r:.80}")
    return tuple(value)


def _each(table: Mapping[str, Any], key: str) -> list[tuple[int, Any]]:
    value = table.get(key, [])
    if not isinstance(value, list | tuple):
        raise ConfigError(f"{key} must be a list of pairs; got {value!r:.80}")
    return list(enumerate(value))


def _known(key: str, name: Any, names: Sequence[str]) -> str:
    if name not in names:
        raise ConfigError(
            f"{key}: {name!r:.80} is not among the keypoints, which are {', '.join(names)}"
        )
    return str(name)


def _limb(number: int, limb: Any, names: Sequence[str]) -> tuple[int, int]:
    where = f"limbs, pair {number + 1}"
    if not isinstance(limb, list | tuple) or len(limb) != 2:
        raise ConfigError(f"{where}: a limb is two keypoints; got {limb!r:.80}")
    first, second = (
        end if type(end) is int else names.index(_known(where, end, names)) for end in limb
    )
    return first, second


def _flip(number: int, pair: Any, names: Sequence[str]) -> tuple[str, str]:
    where = f"flip_pairs, pair {number + 1}"
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise ConfigError(f"{where}: give two keypoints that change places; got {pair!r:.80}")
    return _known(where, pair[0], names), _known(where, pair[1], names)


def _derived(given: Any, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    if not isinstance(given, Mapping):
        raise ConfigError(f"derived must be a table of keypoints; got {given!r:.80}")
    return {
        _known("derived", name, names): _names(f"derived.{name}", sources)
        for name, sources in given.items()
    }
