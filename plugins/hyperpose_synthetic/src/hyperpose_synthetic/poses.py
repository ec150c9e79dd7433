"""Poses: what people do, as random angles within the limits of real joints."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hyperpose_synthetic.body import Limb, Pose

Random = np.random.Generator
Limbs = dict[str, Limb]
_BACK = (0.0, 0.0, -1.0)


def random_pose(rng: Random) -> Pose:
    """Draw what a person does and where it looks: mostly standing and toward the camera."""
    kind = rng.choice(len(_KINDS), p=_CHANCES)
    return _KINDS[kind](rng)


def random_yaw(rng: Random) -> float:
    """Draw the direction that a person faces, degrees: 0 the camera, 90 its own left."""
    chance = rng.random()
    if chance < 0.68:
        return _between(rng, -50, 50)
    if chance < 0.88:
        return _sign(rng) * _between(rng, 50, 105)
    return 180 + _between(rng, -50, 50)


def _between(rng: Random, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def _sign(rng: Random) -> float:
    return 1.0 if rng.random() < 0.5 else -1.0


def _sides(make: Callable[[], Limb]) -> Limbs:
    return {"left": make(), "right": make()}


def _pose(rng: Random, arms: Limbs, legs: Limbs, lean: float = 0.0, seated: bool = False) -> Pose:
    return Pose(
        yaw=random_yaw(rng),
        lean=lean + _between(rng, -4, 6),
        roll=_between(rng, -6, 6),
        twist=_between(rng, -12, 12),
        head_yaw=_between(rng, -35, 35),
        head_nod=_between(rng, -12, 16) - 0.5 * lean,
        seated=seated,
        arms=arms,
        legs=legs,
    )


def _hanging(rng: Random) -> Limb:
    return Limb(_between(rng, -15, 20), _between(rng, 4, 22), _between(rng, 5, 45))


def _free(rng: Random) -> Limb:
    toward = (_between(rng, -0.8, 0.4), _between(rng, -0.9, 0.2), _between(rng, 0.3, 1.0))
    return Limb(_between(rng, -25, 95), _between(rng, 5, 60), _between(rng, 5, 115), toward)


def _raised(rng: Random) -> Limb:
    toward = (_between(rng, -1.0, 0.2), -0.5, _between(rng, 0.0, 0.6))
    return Limb(_between(rng, -10, 30), _between(rng, 85, 170), _between(rng, 5, 80), toward)


def _on_hip(rng: Random) -> Limb:
    toward = (-1.0, _between(rng, -0.1, 0.2), 0.25)
    return Limb(_between(rng, -25, 0), _between(rng, 38, 52), _between(rng, 85, 105), toward)


def _upright(rng: Random) -> Limb:
    return Limb(_between(rng, -8, 8), _between(rng, 1, 12), _between(rng, 0, 12), _BACK)


def _standing(rng: Random) -> Pose:
    kinds = (_hanging, _hanging, _free, _on_hip)
    arms = _sides(lambda: kinds[rng.integers(len(kinds))](rng))
    return _pose(rng, arms, _sides(lambda: _upright(rng)))


def _raising(rng: Random) -> Pose:
    arms = _sides(lambda: _raised(rng))
    if rng.random() < 0.5:
        arms["left" if rng.random() < 0.5 else "right"] = _hanging(rng)
    return _pose(rng, arms, _sides(lambda: _upright(rng)))


def _striding(rng: Random, stride: float, lean: float, bend: tuple[float, float]) -> Pose:
    ahead, behind = ("left", "right") if rng.random() < 0.5 else ("right", "left")
    swing = stride * _between(rng, 0.5, 1.0)
    legs = {
        ahead: Limb(swing, 3, _between(rng, 3, 10 + stride), _BACK),
        behind: Limb(-0.8 * swing, 3, _between(rng, 8, 20 + 1.5 * stride), _BACK),
    }
    arms = {
        ahead: Limb(-swing, _between(rng, 5, 15), _between(rng, *bend)),
        behind: Limb(swing, _between(rng, 5, 15), _between(rng, *bend)),
    }
    return _pose(rng, arms, legs, lean)


def _walking(rng: Random) -> Pose:
    return _striding(rng, 30, 3, (10, 40))


def _running(rng: Random) -> Pose:
    return _striding(rng, 50, 14, (70, 105))


def _sitting(rng: Random) -> Pose:
    legs = _sides(
        lambda: Limb(_between(rng, 72, 92), _between(rng, 3, 22), _between(rng, 65, 95), _BACK)
    )
    arms = _sides(lambda: Limb(_between(rng, 5, 45), _between(rng, 4, 20), _between(rng, 20, 90)))
    return _pose(rng, arms, legs, _between(rng, -6, 15), seated=True)


def _bending(rng: Random) -> Pose:
    arms = _sides(lambda: Limb(_between(rng, 10, 80), _between(rng, 4, 25), _between(rng, 0, 40)))
    legs = _sides(
        lambda: Limb(_between(rng, 0, 35), _between(rng, 4, 15), _between(rng, 5, 60), _BACK)
    )
    return _pose(rng, arms, legs, _between(rng, 20, 55))


def _acting(rng: Random) -> Pose:
    legs = _sides(
        lambda: Limb(_between(rng, -20, 45), _between(rng, 5, 38), _between(rng, 0, 60), _BACK)
    )
    kinds = (_raised, _free, _free)
    arms = _sides(lambda: kinds[rng.integers(len(kinds))](rng))
    return _pose(rng, arms, legs, _between(rng, -5, 12))


_KINDS = (_standing, _raising, _walking, _running, _sitting, _bending, _acting)
_CHANCES = (0.34, 0.12, 0.18, 0.08, 0.12, 0.04, 0.12)
