"""Transfer: a model begins with another's weights, by names of arrays, keypoints and limbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.build.weights import check_numbers, named_weights
from hyperpose_core.contracts import Model
from hyperpose_core.contracts.models import FEATURE, NamedChannels
from hyperpose_core.errors import CheckpointError
from hyperpose_core.skeletons import Skeleton

Arrays = Mapping[str, NDArray[Any]]
ENOUGH = 0.5
"""The part of a model's arrays that has to come along."""


@dataclass
class Transfer:
    """What came along.

    Args:
        whole: names of arrays that are the origin's.
        by_channel: names of arrays of which some channels are.
        new: names of arrays that begin as those of a new model do.
        left_over: names of the origin's arrays that have no place.
        unnamed: names of new arrays that the origin has, nobody knows of which keypoints.
        channels: name of a channel to `as it was`, `with its sign turned` or `new`.
    """

    whole: list[str] = field(default_factory=list)
    by_channel: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    channels: dict[str, str] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The part of the model's arrays that came along, whole or by channel."""
        found = len(self.whole) + len(self.by_channel)
        return found / max(1, found + len(self.new))

    def sentence(
        self,
        origin: object,
        skeleton: Skeleton,
        theirs: Skeleton | None,
        auxiliary: Sequence[str] = (),
    ) -> str:
        """Say in one sentence what came along, and which keypoints are new.

        Args:
            auxiliary: keypoints that are only kept to hold people together.
        """
        count = len(self.whole) + len(self.by_channel)
        text = f"{count} of {count + len(self.new)} arrays begin as in {origin}"
        if theirs is None and self.unnamed:
            return (
                f"{text}; it does not say of which keypoints it is, so that the "
                f"{len(self.unnamed)} arrays of keypoints and limbs are new (a run with its "
                f"config.json does, as `hyperpose import-weights` makes one)"
            )
        if theirs is None or theirs.keypoints == skeleton.keypoints:
            return text
        own = [name for name in skeleton.keypoints if name not in auxiliary]
        there = theirs.keypoints if self.by_channel else ()
        along = [name for name in own if name in there]
        new = [name for name in own if name not in there]
        text = (
            f"{text}; of the keypoints {', '.join(along) or 'none'} came along, "
            f"{', '.join(new) or 'none'} {'are' if len(new) != 1 else 'is'} new"
        )
        if not auxiliary:
            return text
        return (
            f"{text}; {', '.join(auxiliary)} stay in the network to hold people together, and are "
            f"left out of who is found (to have none of them, set model.skeleton)"
        )

    def table(self) -> list[str]:
        """Return lines for the log: channels, and arrays that are new or left over."""
        lines = [f"  {name}: {what}" for name, what in self.channels.items()]
        for title, names in (("new", self.new), ("left over in the origin", self.left_over)):
            lines += [f"  {title}: {', '.join(names)}"] if names else []
        return lines


def transfer(model: Model, arrays: Arrays, origin: Model | None = None) -> Transfer:
    """Give a model the arrays of another, as far as they have a place in it.

    Args:
        origin: the model of the arrays; None: only arrays of equal shape go over.

    Raises:
        CheckpointError: an array holds no finite numbers; nothing is changed then.
    """
    variables = named_weights(model)
    own, theirs = _channels(model), _channels(origin) if origin is not None else {}
    check_numbers({n: a for n, a in arrays.items() if n in variables}, "the origin")
    found = Transfer(left_over=[name for name in arrays if name not in variables])
    values: dict[str, NDArray[Any]] = {}
    for name, variable in variables.items():
        array, start = arrays.get(name), variable.numpy()
        mine, other = own.get(name), theirs.get(name)
        if array is not None and mine and other and mine != other:
            mixed = _by_channel(start, array, mine, other, found)
            if mixed is not None:
                values[name] = mixed
                found.by_channel.append(name)
                continue
        if array is not None and array.shape == start.shape and (mine is None or mine == other):
            values[name] = array
            found.whole.append(name)
        else:
            found.new.append(name)
            if array is not None and mine is not None and origin is None:
                found.unnamed.append(name)
    for name, value in values.items():
        variables[name].assign(value)
    return found


def check_share(found: Transfer, origin: object, partial: bool = False) -> None:
    """Raise CheckpointError, with the list of what does not fit, where too little came along.

    Args:
        partial: anything is enough; nothing is not.
    """
    if found.share >= ENOUGH or (partial and found.share > 0):
        return
    instead = ", or take what fits with --partial" if found.share > 0 else ""
    shown = ", ".join(found.new[:8]) + (", ..." if len(found.new) > 8 else "")
    raise CheckpointError(
        f"only {100 * found.share:.0f}% of the model's arrays are in {origin}, so it is of another "
        f"architecture, backbone or width; not there, or of another shape: {shown}. Choose what it "
        f"is for (--model, --backbone, --set model.width){instead}"
    )


def _channels(model: Model) -> Mapping[str, NamedChannels]:
    named = getattr(model, "named_channels", None)
    return named() if callable(named) else {}


def _by_channel(
    start: NDArray[Any],
    array: NDArray[Any],
    mine: NamedChannels,
    theirs: NamedChannels,
    found: Transfer,
) -> NDArray[Any] | None:
    """Return the first values with the channels that both have; None where nothing fits."""
    axis = mine.axis
    others = [s for i, s in enumerate(array.shape) if i != axis]
    if axis != theirs.axis or others != [s for i, s in enumerate(start.shape) if i != axis]:
        return None
    into = np.moveaxis(start.copy(), axis, 0)
    out = np.moveaxis(array, axis, 0)
    places = {name: i for i, name in enumerate(theirs.names)}
    any_found = False
    for i, name in enumerate(mine.names):
        turned = mine.opposites.get(name)
        if name in places:
            into[i], what = out[places[name]], "as it was"
        elif turned in places:
            into[i], what = out[places[turned]] * (-1 if mine.signed else 1), "with its sign turned"
        else:
            what = "new"
        any_found |= what != "new"
        if not name.startswith(FEATURE):
            found.channels.setdefault(name, what)
    return np.moveaxis(into, 0, axis) if any_found else None
