"""Targets of the pifpaf family from annotations, and its losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from hyperpose_core.contracts import Model, Size, Tensors
from hyperpose_core.errors import ConfigError, InputError
from hyperpose_core.skeletons import Skeleton
from hyperpose_pifpaf.claims import settle
from hyperpose_pifpaf.fields import LOSSES, MAPS, OUTPUTS
from hyperpose_pifpaf.known import as_known
from hyperpose_pifpaf.options import Options
from hyperpose_pifpaf.targets import Keypoints, association_claims, intensity_claims
from hyperpose_training.labelled import keypoint_channels, limb_channels

SIGMA = 0.07
"""Of keypoints whose skeleton states none: about the mean of COCO's."""
LEAST_SCALE = 0.1
"""Cells; scales are learned as logarithms."""


class Preprocessor:
    """Makes composite intensity and association fields; see `contracts.Preprocessor`.

    A keypoint's scale is its OKS sigma times the square root of the area of the person's box.

    Args:
        skeleton: K keypoints and L limbs.
        input_size: width and height of the network's input in pixels, multiples of `stride`.
        stride: pixels a cell.
        options: `side`, `limb_width`; see `options.Options`.

    Raises:
        InputError: the stride does not divide the input size.
        ConfigError: a bad option.
    """

    map_names = MAPS

    def __init__(
        self, *, skeleton: Skeleton, input_size: Size, stride: int, options: Mapping[str, Any]
    ) -> None:
        if any(side % stride or side < stride for side in input_size):
            raise InputError(
                f"input size {input_size[0]}x{input_size[1]} does not fit stride {stride}: "
                f"width and height must be multiples of {stride}"
            )
        self.skeleton, self.input_size, self.stride = skeleton, tuple(input_size), stride
        self.map_size = (input_size[0] // stride, input_size[1] // stride)
        self.options = Options.read(options)
        self.sigmas = np.array(skeleton.sigmas or (SIGMA,) * len(skeleton), np.float32)

    def encode(
        self,
        keypoints: tf.Tensor,
        boxes: tf.Tensor,
        mask: tf.Tensor,
        labelled: tf.Tensor | None = None,
    ) -> Tensors:
        """Make the targets of one image.

        Where two people have the same keypoint or limb near a cell, the nearer has the cell.

        Args:
            keypoints: `[P, K, 3]` float32: x and y in pixels of the input, visibility. Points with
                visibility 0 and points outside the image are absent.
            boxes: `[P, 4]` float32, x, y, width, height; an empty one is taken from the keypoints.
            mask: `[H, W, 1]` float32, 1 where the loss counts.
            labelled: `[K]` bool, the keypoints that the image's dataset annotates; None: all.

        Returns:
            float32 maps `[h, w, C]` by the names in `fields.MAPS` and in the units that these have;
            `mask` `[h, w, 1]`, the mean over each cell; and with `labelled` the channels that
            count, `pif_labelled` `[1, 1, K]` and `paf_labelled` `[1, 1, L]`.
        """
        (width, height), limbs = self.map_size, self.skeleton.limbs
        found = self._keypoints(keypoints, boxes)
        pif = settle(intensity_claims(found, self.options.side), self.map_size, len(self.skeleton))
        on_limbs = association_claims(found, limbs, self.map_size, self.options.limb_width)
        paf = settle(on_limbs, self.map_size, len(limbs))
        small = tf.nn.avg_pool2d(mask[None], self.stride, self.stride, "VALID")[0]
        targets = {
            **dict(zip(MAPS, (*self._maps(*pif, 1), *self._maps(*paf, 2)), strict=True)),
            "mask": tf.ensure_shape(small, (height, width, 1)),
        }
        if labelled is None:
            return targets
        known = keypoint_channels(labelled), limb_channels(labelled, limbs)
        return {**targets, "pif_labelled": known[0], "paf_labelled": known[1]}

    def _maps(self, there: tf.Tensor, values: tf.Tensor, ends: int) -> tuple[tf.Tensor, ...]:
        """Return confidence, vectors and scales, lengths in parts of the input's height."""
        width, height = self.map_size
        lengths = values / height
        vectors = tf.reshape(lengths[..., : 2 * ends], (height, width, 2 * ends * there.shape[-1]))
        scales = tf.reshape(lengths[..., 2 * ends :], (height, width, ends * there.shape[-1]))
        return there, vectors, scales

    def _keypoints(self, keypoints: tf.Tensor, boxes: tf.Tensor) -> Keypoints:
        """Return what is annotated and within the edges of the outermost pixels, in cells."""
        far = np.array(self.input_size, np.float32) - 0.5
        inside = tf.reduce_all((keypoints[..., :2] >= -0.5) & (keypoints[..., :2] <= far), -1)
        visible = inside & (keypoints[..., 2] > 0)
        # Absent points may hold anything, also NaN.
        pixels = tf.where(visible[..., None], keypoints[..., :2], 0.0)
        sides = _sides(boxes, pixels, visible)
        scales = tf.sqrt(sides[:, :1] * sides[:, 1:]) * self.sigmas / self.stride
        points = (pixels - (self.stride - 1) / 2) / self.stride
        return Keypoints(points, tf.maximum(scales, LEAST_SCALE), visible)

    def losses(self, model: Model, outputs: Sequence[Any], targets: Tensors) -> Tensors:
        """Call `model.cal_loss` with keywords and name what it returns.

        Args:
            outputs: what `Pifpaf.forward` returns in training, in the order of `fields.OUTPUTS`.
            targets: a batch of what `encode` makes; `cal_loss` gets the maps with the prefix `gt_`.
                In channels that are not labelled it sees the target as the prediction.

        Returns:
            scalars: `loss`, and where the model returns the losses in `fields.LOSSES`, whose sum it
            is, these.

        Raises:
            ConfigError: the outputs or the loss have another form.
        """
        if len(outputs) != len(OUTPUTS):
            raise ConfigError(
                f"the model returned {len(outputs)} values in training: a model of the family "
                f"'pifpaf' returns ({', '.join(OUTPUTS)})"
            )
        predicted: Tensors = as_known(dict(zip(OUTPUTS, outputs, strict=True)), targets)
        true = {f"gt_{name}": targets[name] for name in MAPS}
        result = model.cal_loss(**predicted, **true, mask=targets["mask"])
        if not isinstance(result, (tuple, list)):
            return {"loss": result}
        if len(result) != len(LOSSES):
            raise ConfigError(
                f"cal_loss returned {len(result)} values: return the loss, or the {len(LOSSES)} "
                f"({', '.join(LOSSES)})"
            )
        return {"loss": tf.add_n(list(result)), **dict(zip(LOSSES, result, strict=True))}


def _sides(boxes: tf.Tensor, points: tf.Tensor, visible: tf.Tensor) -> tf.Tensor:
    """Return width and height `[P, 2]` of the people's boxes, or around their visible points."""
    seen = visible[..., None]
    low = tf.reduce_min(tf.where(seen, points, np.inf), 1)
    high = tf.reduce_max(tf.where(seen, points, -np.inf), 1)
    around = tf.where(tf.reduce_any(seen, 1), high - low, 0.0)
    return tf.where(tf.reduce_all(boxes[:, 2:] > 0, -1, keepdims=True), boxes[:, 2:], around)
