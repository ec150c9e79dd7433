"""Targets of the openpose family from annotations, and its loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from hyperpose_core.contracts import Model, Size, Tensors
from hyperpose_core.errors import ConfigError, InputError
from hyperpose_core.skeletons import Skeleton
from hyperpose_openpose.auxiliary import auxiliary_names
from hyperpose_openpose.options import Options
from hyperpose_openpose.targets import affinity_fields, confidence_maps
from hyperpose_training.labelled import keypoint_channels, known_part, limb_channels


class Preprocessor:
    """Makes confidence maps and part affinity fields; see `contracts.Preprocessor`.

    Args:
        skeleton: K keypoints and L limbs.
        input_size: width and height of the network's input in pixels, multiples of `stride`.
        stride: pixels a cell.
        options: `sigma`, `limb_width` and `foreground`, see `options.Options`; and `auxiliary`,
            names of keypoints that need not be annotated.

    Raises:
        InputError: the stride does not divide the input size.
        ConfigError: a bad option.
    """

    map_names = ("gt_conf", "gt_paf")

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
        self.own_keypoints = auxiliary_names(skeleton, options)

    def encode(
        self,
        keypoints: tf.Tensor,
        boxes: tf.Tensor,
        mask: tf.Tensor,
        labelled: tf.Tensor | None = None,
    ) -> Tensors:
        """Make the targets of one image.

        Args:
            keypoints: `[P, K, 3]` float32: x and y in pixels of the input, visibility. Points with
                visibility 0 and points outside the image are absent.
            boxes: not used.
            mask: `[H, W, 1]` float32, 1 where the loss counts.
            labelled: `[K]` bool, the keypoints that the image's dataset annotates; None: all.

        Returns:
            `gt_conf` `[h, w, K + 1]` with the background last, `gt_paf` `[h, w, 2 L]` with x and y
            of each limb in turn, `mask` `[h, w, 1]`, the weight of each cell: the mean of the mask
            over it, times 1 + `foreground` on people; and with `labelled` the channels that count,
            `conf_labelled` `[1, 1, K + 1]` and `paf_labelled` `[1, 1, 2 L]`; float32.
        """
        visible = self._visible(keypoints)
        # Absent points may hold anything, also NaN.
        pixels = tf.where(visible[..., None], keypoints[..., :2], 0.0)
        points = (pixels - (self.stride - 1) / 2) / self.stride
        conf = confidence_maps(points, visible, self.map_size, self.options.sigma)
        paf = affinity_fields(
            points, visible, self.skeleton.limbs, self.map_size, self.options.limb_width
        )
        small = tf.nn.avg_pool2d(mask[None], self.stride, self.stride, "VALID")[0]
        if self.options.foreground:
            small *= 1 + self.options.foreground * _presence(conf, paf)
        targets = {
            "gt_conf": tf.ensure_shape(conf, (*self.map_size[::-1], len(self.skeleton) + 1)),
            "gt_paf": paf,
            "mask": tf.ensure_shape(small, (*self.map_size[::-1], 1)),
        }
        return targets if labelled is None else {**targets, **self._labelled(labelled)}

    def _labelled(self, labelled: tf.Tensor) -> Tensors:
        """Return the channels that count.

        The background is where no keypoint is: it is known only where every keypoint is annotated.
        """
        # A point that is there but not annotated would be taught as background.
        background = tf.reduce_all(labelled, keepdims=True)
        return {
            "conf_labelled": keypoint_channels(tf.concat([labelled, background], 0)),
            "paf_labelled": limb_channels(labelled, self.skeleton.limbs, inner=2),
        }

    def _visible(self, keypoints: tf.Tensor) -> tf.Tensor:
        """Return `[P, K]` bool: annotated, and within the edges of the outermost pixels."""
        width, height = self.input_size
        x, y, visibility = keypoints[..., 0], keypoints[..., 1], keypoints[..., 2]
        inside = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
        return inside & (visibility > 0)

    def losses(self, model: Model, outputs: Sequence[Any], targets: Tensors) -> Tensors:
        """Call `model.cal_loss` with keywords and name what it returns.

        Args:
            outputs: `(conf_map, paf_map, stage_confs, stage_pafs)`, or only the first two: then
                they are the only stage.
            targets: a batch of what `encode` makes. In channels that it says are not labelled
                `cal_loss` sees the target as the prediction.

        Returns:
            scalars: `loss`, and `conf_loss` and `paf_loss`, summed over the stages, where the model
            returns `(loss, loss_confs, loss_pafs)` rather than the loss alone.

        Raises:
            ConfigError: the outputs or the loss have another form.
        """
        confs, pafs = _stages(outputs)
        if "conf_labelled" in targets:
            confs = [known_part(c, targets["gt_conf"], targets["conf_labelled"]) for c in confs]
            pafs = [known_part(p, targets["gt_paf"], targets["paf_labelled"]) for p in pafs]
        result = model.cal_loss(
            gt_conf=targets["gt_conf"],
            gt_paf=targets["gt_paf"],
            mask=targets["mask"],
            stage_confs=confs,
            stage_pafs=pafs,
        )
        if not isinstance(result, (tuple, list)):
            return {"loss": result}
        if len(result) not in (1, 3):
            raise ConfigError(
                f"cal_loss returned {len(result)} values: return the loss, or "
                f"(loss, loss_confs, loss_pafs)"
            )
        names = ("loss", "conf_loss", "paf_loss")
        return {name: _total(value) for name, value in zip(names, result, strict=False)}


def _presence(conf: tf.Tensor, paf: tf.Tensor) -> tf.Tensor:
    """Return `[h, w, 1]` in [0, 1]: how much a cell belongs to a person."""
    on_limb = tf.reduce_max(tf.abs(paf), -1, keepdims=True)
    return tf.maximum(1 - conf[..., -1:], on_limb)


def _stages(outputs: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    if len(outputs) == 2:
        return [outputs[0]], [outputs[1]]
    if len(outputs) == 4:
        return list(outputs[2]), list(outputs[3])
    raise ConfigError(
        f"the model returned {len(outputs)} values in training: a model of the family 'openpose' "
        f"returns (conf_map, paf_map) or (conf_map, paf_map, stage_confs, stage_pafs)"
    )


def _total(value: Any) -> tf.Tensor:
    return tf.add_n(list(value)) if isinstance(value, (tuple, list)) else value
