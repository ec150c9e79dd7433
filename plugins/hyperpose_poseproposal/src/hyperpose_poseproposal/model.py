"""Poseproposal: pose proposal networks (Sekii, ECCV 2018)."""

from __future__ import annotations

import functools
import itertools

import tensorflow as tf

from hyperpose_core.build.backbones import scale_channels
from hyperpose_core.config import ModelConfig
from hyperpose_core.contracts import BackboneFactory, NamedChannels
from hyperpose_core.layers import Conv2d, ConvBlock, PoseModel, Sequential
from hyperpose_core.skeletons import Skeleton
from hyperpose_poseproposal.options import Options

STRIDE = 32
RESPONSE, IOU, COORDINATE, SIZE, LIMB = 0.25, 1.0, 5.0, 5.0, 0.5
"""Weights of the losses (section 3.3)."""

PARTS = ("response", "IoU", "x", "y", "width", "height")
"""What the first maps say of each part, in their order."""

Maps = tuple[tf.Tensor, ...]
Losses = tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]


class Poseproposal(PoseModel):
    """A backbone, two 3x3 convolutions of 512, and a 1x1 to `6 K + W' H' L` channels.

    Against the 2021 library the ResNet-18 has all its blocks, and `forward` gives x, y, w and h in
    parts of the cell and of the image in training and in inference alike.

    Args:
        skeleton: K keypoints, the person instance among them, and L limbs.
        backbone: called with stride 32.
        config: `width` (1.0), `data_format`, and the option `window` (9 x 9) are used.
    """

    def __init__(
        self, *, skeleton: Skeleton, backbone: BackboneFactory, config: ModelConfig
    ) -> None:
        super().__init__()
        self.skeleton = skeleton
        self.channels_first = config.data_format == "channels_first"
        self.window = Options.read(config.options).window
        edges = self.window[0] * self.window[1] * len(skeleton.limbs)
        self.map_channels = [len(skeleton)] * 6 + [edges]
        channels = scale_channels(512, config.width)
        act = functools.partial(tf.nn.leaky_relu, alpha=0.1)
        self.backbone = backbone(stride=STRIDE)
        self.head = Sequential(
            [
                ConvBlock(self.backbone.out_channels, channels, act=act),
                ConvBlock(channels, channels, act=act),
                Conv2d(channels, sum(self.map_channels), 1, std=0.01),
            ]
        )

    def forward(self, x: tf.Tensor, is_train: bool = False) -> Maps:
        """Run the network.

        Args:
            x: `[N, H, W, 3]` float32 RGB in [0, 1] (`[N, 3, H, W]` in channels_first).
            is_train: changes nothing.

        Returns:
            `(pc, pi, px, py, pw, ph, pe)`, all in [0, 1], `[N, h, w, C]` (`[N, C, h, w]` in
            channels_first). The first six have one channel a part: response, IoU of the box, x and
            y of its centre in parts of the cell from the cell's upper left corner, width and height
            in parts of the image. `pe` has `W' H' L` channels: for each cell of the window, row by
            row, the L limbs that begin in the map's cell and end in that one.
        """
        x = tf.transpose(x, (0, 2, 3, 1)) if self.channels_first else x
        y = tf.nn.sigmoid(self.head.forward(self.backbone.forward(x - 0.5)))
        y = tf.transpose(y, (0, 3, 1, 2)) if self.channels_first else y
        return tuple(tf.split(y, self.map_channels, 1 if self.channels_first else -1))

    def named_channels(self) -> dict[str, NamedChannels]:
        """Return which channels of the last convolution belong to which part or limb.

        A limb the other way begins in another cell: it has no channel of these with another sign.
        """
        names = [f"{part}, {what}" for what in PARTS for part in self.skeleton.keypoints]
        ends = [tuple(self.skeleton.keypoints[i] for i in limb) for limb in self.skeleton.limbs]
        cells = itertools.product(range(self.window[1]), range(self.window[0]))
        middle_x, middle_y = (side // 2 for side in self.window)
        for y, x in cells:
            names += [f"{a} to {b}, {x - middle_x:+d}{y - middle_y:+d}" for a, b in ends]
        return {
            f"head/2/{kind}": NamedChannels(axis=axis, names=tuple(names))
            for kind, axis in (("filters", 3), ("biases", 0))
        }

    def cal_loss(
        self,
        tc: tf.Tensor,
        tx: tf.Tensor,
        ty: tf.Tensor,
        tw: tf.Tensor,
        th: tf.Tensor,
        te: tf.Tensor,
        te_mask: tf.Tensor,
        pc: tf.Tensor,
        pi: tf.Tensor,
        px: tf.Tensor,
        py: tf.Tensor,
        pw: tf.Tensor,
        ph: tf.Tensor,
        pe: tf.Tensor,
        mask: tf.Tensor | None = None,
    ) -> Losses:
        """Squared errors, summed over the maps and averaged over the batch (section 3.3).

        Boxes count where a part is, edges with the weight `te_mask`, responses everywhere.

        Args:
            tc, tx, ty, tw, th, te, te_mask: targets, see `Preprocessor.encode`.
            pc, pi, px, py, pw, ph, pe: what `forward` returned.
            mask: `[N, h, w, 1]` (`[N, 1, h, w]`), where the response counts; None: everywhere.

        Returns:
            the weighted losses of responses, IoU, coordinates, sizes and limbs; the loss is their
            sum.
        """
        pc, pi, px, py, pw, ph, pe = (tf.cast(p, tf.float32) for p in (pc, pi, px, py, pw, ph, pe))
        counts = 1.0 if mask is None else tf.maximum(mask, tc)
        iou = self._iou((tx - px, ty - py), (tw, th), (pw, ph))
        response = counts * tf.square(tc - pc)
        place = tf.square(tx - px) + tf.square(ty - py)
        size = tf.square(_root(tw) - _root(pw)) + tf.square(_root(th) - _root(ph))
        return (
            RESPONSE * _sum(response),
            IOU * _sum(tc * tf.square(tf.stop_gradient(iou) - pi)),
            COORDINATE * _sum(tc * place),
            SIZE * _sum(tc * size),
            LIMB * _sum(te_mask * tf.square(te - pe)),
        )

    def _iou(self, offset: Maps, true: Maps, predicted: Maps) -> tf.Tensor:
        """IoU of the true and the predicted box of each cell.

        Args:
            offset: x and y between the centres, in parts of a cell.
            true, predicted: width and height, in parts of the image.
        """
        shape = tf.shape(true[0])
        rows, columns = (shape[2], shape[3]) if self.channels_first else (shape[1], shape[2])
        common = tf.constant(1.0)
        for distance, a, b, cells in zip(offset, true, predicted, (columns, rows), strict=True):
            between = tf.abs(distance) / tf.cast(cells, tf.float32)
            overlap = tf.minimum(tf.minimum(a, b), (a + b) / 2 - between)
            common *= tf.maximum(overlap, 0.0)
        union = true[0] * true[1] + predicted[0] * predicted[1] - common
        return tf.math.divide_no_nan(common, union)


def _sum(error: tf.Tensor) -> tf.Tensor:
    """Sum over the maps, average over the batch."""
    return tf.reduce_sum(error) / tf.cast(tf.shape(error)[0], tf.float32)


def _root(size: tf.Tensor) -> tf.Tensor:
    # The root has no derivative at 0.
    return tf.sqrt(tf.maximum(size, 1e-6))
