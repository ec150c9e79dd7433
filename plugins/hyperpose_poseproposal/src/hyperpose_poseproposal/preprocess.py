"""Targets of the poseproposal family from annotations, and its losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from hyperpose_core.contracts import Model, Size, Tensors
from hyperpose_core.errors import ConfigError, InputError
from hyperpose_core.skeletons import Skeleton
from hyperpose_poseproposal.options import Options
from hyperpose_poseproposal.skeletons import INSTANCE
from hyperpose_poseproposal.targets import Parts, edges, owners, part_maps, smaller_first
from hyperpose_training.labelled import keypoint_channels, known_part, limb_channels

OUTPUTS = ("pc", "pi", "px", "py", "pw", "ph", "pe")
LABELS = ("part_labelled", "edge_labelled")
"""The targets that say which channels count; no model sees them."""
LOSSES = ("response_loss", "iou_loss", "coordinate_loss", "size_loss", "limb_loss")


class Preprocessor:
    """Makes responses, part boxes and edges; see `contracts.Preprocessor`.

    The paper's boxes are squares in proportion to the head, which few datasets annotate. Here a
    part's box is a square in proportion to the longer side of the person's box, about half a head
    by default, and the instance's box is the person's own.

    Args:
        skeleton: K keypoints and L limbs; the keypoint `instance` lies at the centre of the box.
        input_size: width and height of the network's input in pixels, multiples of `stride`.
        stride: pixels a cell.
        options: `window`, `part_size`, `instance_size`, `negative_edges`; see `options.Options`.

    Raises:
        InputError: the stride does not divide the input size.
        ConfigError: a bad option.
    """

    map_names = ("tc", "tc", "tx", "ty", "tw", "th", "te")
    """A true box's IoU with itself is 1 wherever there is one: `tc` stands for it too."""

    own_keypoints = (INSTANCE,)

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
        names = skeleton.keypoints
        self.instance = names.index(INSTANCE) if INSTANCE in names else None

    def encode(
        self,
        keypoints: tf.Tensor,
        boxes: tf.Tensor,
        mask: tf.Tensor,
        labelled: tf.Tensor | None = None,
    ) -> Tensors:
        """Make the targets of one image.

        Where two people have the same part in one cell, it is the larger person's, of equally large
        ones the first's.

        Args:
            keypoints: `[P, K, 3]` float32: x and y in pixels of the input, visibility. Points with
                visibility 0 and points outside the image are absent.
            boxes: `[P, 4]` float32, x, y, width, height; an empty one is taken from the keypoints.
            mask: `[H, W, 1]` float32, 1 where the loss counts.
            labelled: `[K]` bool, the keypoints that the image's dataset annotates; None: all. The
                instance, which is made of the boxes, always is.

        Returns:
            float32 maps: `tc`, `tx`, `ty`, `tw`, `th` `[h, w, K]`, in the units of
            `Poseproposal.forward` and 0 where there is no part; `te` `[h, w, W' H' L]`, 1 for edges
            between two parts of a person; `te_mask`, their weights: 0 where neither end has its
            part (the paper's max of the two responses) and beyond the map; `mask` `[h, w, 1]`, the
            mean over each cell; and with `labelled` the channels that count, `part_labelled`
            `[1, 1, K]` and `edge_labelled` `[1, 1, W' H' L]`.
        """
        parts = self._parts(keypoints, boxes)
        width, height = self.map_size
        owner = owners(parts, self.map_size)
        exists, counts = edges(owner, self.skeleton.limbs, self.map_size, self.options.window)
        exists = tf.cast(exists, tf.float32)
        weight = tf.cast(counts, tf.float32) * self.options.negative_edges
        tc, *box = part_maps(parts, owner, self.map_size)
        small = tf.nn.avg_pool2d(mask[None], self.stride, self.stride, "VALID")[0]
        targets = {
            "tc": tc,
            **dict(zip(("tx", "ty", "tw", "th"), box, strict=True)),
            "te": exists,
            "te_mask": tf.maximum(exists, weight),
            "mask": tf.ensure_shape(small, (height, width, 1)),
        }
        return targets if labelled is None else {**targets, **self._labelled(labelled)}

    def _labelled(self, labelled: tf.Tensor) -> Tensors:
        """Return the channels that count."""
        across, down = self.options.window
        labelled |= np.arange(len(self.skeleton)) == self.instance
        edges_labelled = limb_channels(labelled, self.skeleton.limbs, outer=across * down)
        return dict(zip(LABELS, (keypoint_channels(labelled), edges_labelled), strict=True))

    def _parts(self, keypoints: tf.Tensor, boxes: tf.Tensor) -> Parts:
        """Return what is inside the input, the instances added, the larger people last."""
        visible = (keypoints[..., 2] > 0) & self._inside(keypoints)
        # Absent points may hold anything, also NaN.
        points = tf.where(visible[..., None], keypoints[..., :2], 0.0)
        boxes = _filled(boxes, points, visible)
        longer = tf.maximum(tf.reduce_max(boxes[:, 2:], -1), 1.0)
        kinds = len(self.skeleton)
        sizes = tf.tile((longer * self.options.part_size)[:, None, None], (1, kinds, 2))
        if self.instance is not None:
            which = np.arange(kinds) == self.instance
            centre = boxes[:, None, :2] + boxes[:, None, 2:] / 2
            points = tf.where((which & ~visible)[..., None], centre, points)
            seen = tf.reduce_any(visible, -1, keepdims=True) & self._inside(centre)
            visible |= which & seen
            whole = boxes[:, None, 2:] * self.options.instance_size
            sizes = tf.where(which[:, None], whole, sizes)
        sizes = tf.minimum(sizes / np.array(self.input_size, np.float32), 1.0)
        parts = Parts((points + 0.5) / self.stride, sizes, visible)
        order = smaller_first(longer)
        return Parts(*(tf.gather(part, order) for part in parts))

    def _inside(self, points: tf.Tensor) -> tf.Tensor:
        """Tell which points are within the edges of the outermost pixels."""
        far = np.array(self.input_size, np.float32) - 0.5
        return tf.reduce_all((points[..., :2] >= -0.5) & (points[..., :2] <= far), -1)

    def losses(self, model: Model, outputs: Sequence[Any], targets: Tensors) -> Tensors:
        """Call `model.cal_loss` with keywords and name what it returns.

        Args:
            outputs: `(pc, pi, px, py, pw, ph, pe)`.
            targets: a batch of what `encode` makes. In channels that it says are not labelled
                `cal_loss` sees the target as the prediction.

        Returns:
            scalars: `loss`, and where the model returns five losses, whose sum it is, these:
            `response_loss`, `iou_loss`, `coordinate_loss`, `size_loss`, `limb_loss`.

        Raises:
            ConfigError: the outputs or the loss have another form.
        """
        if len(outputs) != len(OUTPUTS):
            raise ConfigError(
                f"the model returned {len(outputs)} values in training: a model of the family "
                f"'poseproposal' returns ({', '.join(OUTPUTS)})"
            )
        predicted: Tensors = dict(zip(OUTPUTS, outputs, strict=True))
        if LABELS[0] in targets:
            predicted = _known(predicted, targets)
        given = {name: target for name, target in targets.items() if name not in LABELS}
        result = model.cal_loss(**predicted, **given)
        if not isinstance(result, (tuple, list)):
            return {"loss": result}
        if len(result) != len(LOSSES):
            raise ConfigError(
                f"cal_loss returned {len(result)} values: return the loss, or the five "
                f"({', '.join(LOSSES)})"
            )
        return {"loss": tf.add_n(list(result)), **dict(zip(LOSSES, result, strict=True))}


def _known(predicted: Tensors, targets: Tensors) -> Tensors:
    """Put the targets into the channels of the predictions that are not labelled."""
    parts, edge = (targets[name] for name in LABELS)
    return {
        name: known_part(maps, targets[target], edge if name == "pe" else parts)
        for (name, maps), target in zip(predicted.items(), Preprocessor.map_names, strict=True)
    }


def _filled(boxes: tf.Tensor, points: tf.Tensor, visible: tf.Tensor) -> tf.Tensor:
    """Replace boxes without an area by those around the person's visible points."""
    seen = visible[..., None]
    low = tf.reduce_min(tf.where(seen, points, np.inf), 1)
    high = tf.reduce_max(tf.where(seen, points, -np.inf), 1)
    around = tf.where(tf.reduce_any(seen, 1), tf.concat([low, high - low], -1), 0.0)
    return tf.where(tf.reduce_all(boxes[:, 2:] > 0, -1, keepdims=True), boxes, around)
