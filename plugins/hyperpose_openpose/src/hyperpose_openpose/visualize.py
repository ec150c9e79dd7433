"""Pictures of the openpose family's maps, predicted or targets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.skeletons import Skeleton

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]


class Visualizer:
    """Draws confidence maps and part affinity fields over the image."""

    def __call__(self, image: Image, maps: Sequence[Floats], skeleton: Skeleton) -> Image:
        """Draw the image, the confidence maps and the part affinity fields side by side.

        Args:
            image: `[H, W, 3]` uint8 RGB.
            maps: `[h, w, K + 1]` confidence maps and `[h, w, 2 L]` part affinity fields; more are
                ignored.
            skeleton: tells the keypoints' maps from the background.

        Returns:
            `[H, 3 W, 3]` uint8 RGB: the image; over it the largest confidence of any keypoint; over
            it the greatest length of any limb's vector. Blue is 0, red is 1 or more.
        """
        confidence, fields = _maps(maps, skeleton)
        keypoints = confidence.max(axis=-1, initial=0.0)
        lengths = _lengths(fields).max(axis=-1, initial=0.0)
        return np.concatenate([image, _overlay(image, keypoints), _overlay(image, lengths)], axis=1)

    def panels(
        self, image: Image, maps: Sequence[Floats], skeleton: Skeleton, parts: bool
    ) -> dict[str, Image]:
        """Return pictures by their titles, of the image's size, as `contracts.Visualizer` says.

        The colours of directions are those of the colour wheel; the longer a vector, the brighter.
        """
        confidence, fields = _maps(maps, skeleton)
        longest = _lengths(fields).argmax(axis=-1)[..., None, None]
        strongest = np.take_along_axis(fields, longest, axis=2)[..., 0, :]
        found = {
            "confidence maps of keypoints": _overlay(image, confidence.max(axis=-1, initial=0.0)),
            "part affinity fields: length": _overlay(image, _lengths(strongest)),
            f"part affinity fields: {_DIRECTIONS}": _directions(image, strongest),
        }
        if not parts:
            return found
        for number, name in enumerate(skeleton.keypoints):
            found[name] = _overlay(image, confidence[..., number])
        for number, ends in enumerate(skeleton.limbs):
            start, end = (skeleton.keypoints[i] for i in ends)
            found[f"{start} to {end}"] = _directions(image, fields[..., number, :])
        return found


_DIRECTIONS = "direction (right red, up green, left cyan, down violet)"

visualize = Visualizer()


def _maps(maps: Sequence[Floats], skeleton: Skeleton) -> tuple[Floats, Floats]:
    """Return the keypoints' confidence `[h, w, K]` and the limbs' vectors `[h, w, L, 2]`."""
    conf, paf = (np.nan_to_num(np.asarray(m, np.float32)) for m in maps[:2])
    return conf[..., : len(skeleton)], paf.reshape(*paf.shape[:2], -1, 2)


def _lengths(vectors: Floats) -> Floats:
    with np.errstate(over="ignore"):  # of a training that diverges
        return np.hypot(vectors[..., 0], vectors[..., 1])


def _directions(image: Image, vectors: Floats) -> Image:
    """Mix the image, darker, with vectors `[h, w, 2]` in the colours of their directions."""
    import cv2

    height, width = image.shape[:2]
    large = np.asarray(cv2.resize(np.clip(vectors, -1, 1), (width, height)), np.float32)
    strong = np.clip(_lengths(large), 0, 1)
    angle = np.arctan2(-large[..., 1], large[..., 0]) / (2 * np.pi) % 1
    hue = np.stack([angle * 180, np.full_like(angle, 255), np.full_like(angle, 255)], -1)
    color = cv2.cvtColor(hue.astype(np.uint8), cv2.COLOR_HSV2RGB)
    mixed = 0.35 * image * (1 - strong[..., None]) + color * strong[..., None]
    return mixed.astype(np.uint8)


def _overlay(image: Image, heat: Floats) -> Image:
    """Mix the image with a map in the colours of heat; where the map is 0 the image is darker."""
    import cv2

    height, width = image.shape[:2]
    level = np.rint(np.clip(heat, 0.0, 1.0) * 255).astype(np.uint8)
    colours = cv2.applyColorMap(cv2.resize(level, (width, height)), cv2.COLORMAP_JET)
    mixed = cv2.addWeighted(image, 0.5, cv2.cvtColor(colours, cv2.COLOR_BGR2RGB), 0.5, 0.0)
    return np.asarray(mixed, np.uint8)
