"""The body: proportions, and the joints in three dimensions that a pose's angles give.

Lengths are parts of the person's height. Before the person turns, x points to its left, y down
and z forward; a person with yaw 0 faces the camera, so that its left is at the right of the
picture. After turning, z points at the camera.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

SIDES = (("left", 1.0), ("right", -1.0))
HEAD = np.array((0.050, 0.068, 0.058))
"""Half of the head's width, height and depth."""
FACE = {
    "nose": (0.0, 0.15, 1.08),
    "left_eye": (0.42, -0.12, 0.90),
    "right_eye": (-0.42, -0.12, 0.90),
    "left_ear": (1.0, 0.05, -0.05),
    "right_ear": (-1.0, 0.05, -0.05),
    "headtop": (0.0, -1.0, 0.0),
}
"""Points of the head in units of `HEAD`."""


@dataclass(frozen=True)
class Limb:
    """The angles of an arm or a leg, in degrees: 0 hangs straight down.

    Args:
        swing: forward.
        spread: outward.
        bend: of the elbow or knee.
        toward: where the bent part points: x outward, y down, z forward.
    """

    swing: float = 0.0
    spread: float = 5.0
    bend: float = 5.0
    toward: tuple[float, float, float] = (0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Pose:
    """The angles of a whole body, in degrees, by side for arms and legs."""

    yaw: float = 0.0
    lean: float = 0.0
    roll: float = 0.0
    twist: float = 0.0
    head_yaw: float = 0.0
    head_nod: float = 0.0
    seated: bool = False
    arms: dict[str, Limb] = field(default_factory=dict)
    legs: dict[str, Limb] = field(default_factory=dict)


@dataclass(frozen=True)
class Body:
    """Joints by name, `[3]` each, and the axes (columns x, y, z) of trunk and head."""

    joints: dict[str, Vector]
    trunk: Vector
    head: Vector


def rotation(nod: float = 0.0, yaw: float = 0.0, roll: float = 0.0) -> Vector:
    """Return the matrix that bends forward, then turns to the left of the body, then tilts."""
    (cn, sn), (cy, sy), (cr, sr) = (
        (np.cos(a), np.sin(a)) for a in np.radians((nod, yaw, roll)).tolist()
    )
    bend = np.array([[1, 0, 0], [0, cn, sn], [0, -sn, cn]])
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    tilt = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return tilt @ turn @ bend


def build(pose: Pose, camera_nod: float = 0.0, girth: float = 1.0) -> Body:
    """Place every joint of a body whose pelvis is at the origin.

    Args:
        camera_nod: degrees by which the camera looks down.
        girth: factor on the widths of shoulders and hips.
    """
    trunk = rotation(nod=pose.lean, yaw=pose.twist)
    joints = {"pelvis": np.zeros(3), "thorax": trunk @ (0.0, -0.30, 0.0)}
    joints["upper_neck"] = joints["thorax"] + trunk @ (0.0, -0.055, 0.008)
    head = trunk @ rotation(nod=pose.head_nod, yaw=pose.head_yaw)
    joints["head"] = joints["upper_neck"] + head @ (0.0, -0.066, 0.012)
    for name, place in FACE.items():
        joints[name] = joints["head"] + head @ (HEAD * place)
    for side, sign in SIDES:
        joints[f"{side}_shoulder"] = joints["thorax"] + trunk @ (sign * 0.112 * girth, 0.0, 0.0)
        joints[f"{side}_hip"] = np.array((sign * 0.062 * girth, 0.0, 0.0))
        _arm(joints, side, sign, pose.arms.get(side, Limb()), trunk)
        _leg(joints, side, sign, pose.legs.get(side, Limb()))
    view = rotation(nod=camera_nod) @ rotation(yaw=pose.yaw) @ rotation(roll=pose.roll)
    return Body({k: view @ v for k, v in joints.items()}, view @ trunk, view @ head)


def _directions(limb: Limb, sign: float) -> tuple[Vector, Vector]:
    swing, spread, bend = np.radians((limb.swing, limb.spread, limb.bend)).tolist()
    outward, down = np.sin(spread), np.cos(spread)
    upper = np.array((sign * outward, down * np.cos(swing), down * np.sin(swing)))
    toward = np.array(limb.toward, float) * (sign, 1.0, 1.0)
    toward = toward - (toward @ upper) * upper
    length = float(np.sqrt(toward @ toward))
    if length < 1e-6:
        return upper, upper
    return upper, np.cos(bend) * upper + np.sin(bend) * toward / length


def _arm(joints: dict[str, Vector], side: str, sign: float, limb: Limb, trunk: Vector) -> None:
    upper, lower = (trunk @ d for d in _directions(limb, sign))
    joints[f"{side}_elbow"] = joints[f"{side}_shoulder"] + 0.165 * upper
    joints[f"{side}_wrist"] = joints[f"{side}_elbow"] + 0.145 * lower
    joints[f"{side}_hand"] = joints[f"{side}_wrist"] + 0.050 * lower


def _leg(joints: dict[str, Vector], side: str, sign: float, limb: Limb) -> None:
    upper, lower = _directions(limb, sign)
    joints[f"{side}_knee"] = joints[f"{side}_hip"] + 0.245 * upper
    joints[f"{side}_ankle"] = joints[f"{side}_knee"] + 0.230 * lower
    ahead = np.cross(np.array((sign, 0.0, 0.0)), lower) * sign
    ahead = ahead / max(float(np.sqrt(ahead @ ahead)), 1e-6)
    joints[f"{side}_heel"] = joints[f"{side}_ankle"] + 0.028 * lower - 0.012 * ahead
    joints[f"{side}_toe"] = joints[f"{side}_heel"] + 0.095 * ahead + (sign * 0.02, 0.0, 0.0)
