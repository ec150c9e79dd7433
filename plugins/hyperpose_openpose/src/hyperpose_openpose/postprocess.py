"""People from confidence maps and part affinity fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hyperpose_core.data.humans import Human
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_openpose.assemble import Assembly, open_pairs
from hyperpose_openpose.auxiliary import auxiliary_names, without
from hyperpose_openpose.limbs import (
    NEAREST,
    STRONG,
    WEAK,
    Complex,
    Pairs,
    as_field,
    near_pairs,
    score_pairs,
)
from hyperpose_openpose.options import Options
from hyperpose_openpose.peaks import MOST, Floats, Ints, Peaks, find_peaks

_ROUNDS = 2


class Postprocessor:
    """Decodes part affinity fields (Cao et al., arXiv 1611.08050, section 2.4).

    Peaks are found on the maps as they are, with sub-pixel positions, so that nothing is enlarged
    to the size of the image. Beyond the paper, once people are assembled from peaks above
    `peak_threshold`, they are completed by weaker peaks that a limb joins to them.

    Args:
        skeleton: K keypoints and L limbs.
        stride: input pixels a cell.
        options: see `options.Options`; and `auxiliary`, names of keypoints by which people are held
            together and ranked, and which they are returned without.

    Raises:
        ConfigError: a bad option, or no limb joins the keypoints.
    """

    map_names = ("conf", "paf")
    auxiliary = True

    def __init__(self, *, skeleton: Skeleton, stride: int, options: Mapping[str, Any]) -> None:
        if not skeleton.limbs:
            advice = "give it some (set_model_limbs, or limbs in its TOML file)"
            if len(skeleton) == 1:
                advice = "one keypoint can have none: use a model of another family (Poseproposal)"
            raise ConfigError(
                f"skeleton {skeleton.name!r} has no limbs, along which openpose models join the "
                f"keypoints of a person: {advice}"
            )
        self.skeleton, self.stride = skeleton, stride
        self.options = Options.read(options)
        left_out = auxiliary_names(skeleton, options)
        self._told = np.array([name not in left_out for name in skeleton.keypoints])
        self._told_skeleton = without(skeleton, left_out)

    def __call__(self, outputs: Sequence[Floats]) -> list[Human]:
        """Decode the maps of one image.

        Args:
            outputs: `[h, w, K + 1]` confidence maps, `[h, w, 2 L]` part affinity fields; more are
                ignored.

        Returns:
            people, the surest first, keypoints in pixels of the network's input. Their score is the
            mean confidence of their n keypoints times the square root of n / K, auxiliary ones
            among them; who has no other is left out.

        Raises:
            ConfigError: the maps do not fit the skeleton.
        """
        conf, paf = self._checked(outputs)
        peaks = self._peaks(conf[..., : len(self.skeleton)])
        return self._humans(self._people(as_field(paf), peaks), peaks)

    def mirror(self, outputs: Sequence[Floats]) -> list[Floats]:
        """Exchange left and right in maps of a mirrored image whose columns are turned back.

        Raises:
            ConfigError: the mirror image of a limb is no limb of the skeleton.
        """
        conf, paf = self._checked(outputs)
        flip, limbs = self.skeleton.flip, list(self.skeleton.limbs)
        order, signs = [], []
        for start, end in ((flip[a], flip[b]) for a, b in limbs):
            forward = (start, end) in limbs
            if not forward and (end, start) not in limbs:
                raise ConfigError(
                    f"skeleton {self.skeleton.name!r} cannot be mirrored: it has no limb "
                    f"{self.skeleton.keypoints[start]} - {self.skeleton.keypoints[end]}"
                )
            order.append(limbs.index((start, end) if forward else (end, start)))
            signs.append(1.0 if forward else -1.0)
        field = np.array(signs, np.float32) * -np.conj(as_field(paf)[..., order])
        return [conf[..., [*flip, len(flip)]], np.ascontiguousarray(field).view(np.float32)]

    def peaks_in_graph(self, outputs: Sequence[Any]) -> dict[str, Any]:
        """Find peaks in TensorFlow ops, for models that are exported.

        Returns:
            `peaks`, `[N, h, w, K]`: the confidence where no cell of the eight around it has more
            and it is above `weak_threshold`; 0 elsewhere.
        """
        import tensorflow as tf

        conf = tf.convert_to_tensor(outputs[0])[..., : len(self.skeleton)]
        top = tf.nn.max_pool2d(conf, 3, 1, "SAME")
        # As a product: converters have a kernel for that in every precision.
        is_peak = (conf >= top) & (conf > self.options.weak_threshold)
        return {"peaks": conf * tf.cast(is_peak, conf.dtype)}

    def _checked(self, outputs: Sequence[Floats]) -> list[Floats]:
        conf, paf = (np.asarray(m, np.float32) for m in outputs[:2])
        channels = (len(self.skeleton) + 1, 2 * len(self.skeleton.limbs))
        if (conf.shape[-1], paf.shape[-1]) != channels or conf.shape[:2] != paf.shape[:2]:
            raise ConfigError(
                f"maps {conf.shape} and {paf.shape} do not fit skeleton {self.skeleton.name!r}: "
                f"it needs [h, w, {channels[0]}] and [h, w, {channels[1]}]"
            )
        return [_finite(m) for m in (conf, paf)]

    def _peaks(self, maps: Floats) -> Peaks:
        """Find peaks, in cells of the maps, with scores of at most 1."""
        options, factor = self.options, self.options.upsample
        lowest = min(options.weak_threshold, options.peak_threshold)
        peaks = find_peaks(_enlarged(maps, factor), lowest, options.sigma * factor)
        x, y = ((v + 0.5) / factor - 0.5 for v in (peaks.x, peaks.y))
        score = np.minimum(peaks.score, 1.0)
        return replace(peaks, x=x.astype(np.float32), y=y.astype(np.float32), score=score)

    def _people(self, field: Complex, peaks: Peaks) -> Ints:
        """Return `[P, K]`: the peak of each part of each person, -1 for none."""
        limbs, parts = self.skeleton.limbs, len(self.skeleton)
        assembly = Assembly(peaks, parts)
        strong = np.flatnonzero(peaks.score > self.options.peak_threshold)
        sure = near_pairs(peaks, strong, limbs, parts, NEAREST)
        assembly.join(*score_pairs(field, peaks, sure, STRONG))
        every = np.arange(len(peaks.part))
        # Twice: what the first round adds can carry a further limb, an elbow the wrist.
        for _ in range(_ROUNDS):
            people = assembly.people()
            if np.count_nonzero(people >= 0) == len(every):
                break
            pairs = open_pairs(people, peaks, near_pairs(peaks, every, limbs, parts, MOST))
            rest, score = score_pairs(field, peaks, pairs, WEAK)
            assembly.complete(rest, score * _confidence(peaks, rest))
        return assembly.people()

    def _humans(self, people: Ints, peaks: Peaks) -> list[Human]:
        """Return those who count, the surest first."""
        options, parts = self.options, len(self.skeleton)
        found = people >= 0
        scores = np.where(found, peaks.score[people], np.float32(0))
        size, total = found.sum(axis=1), scores.sum(axis=1)
        enough = (size >= min(options.min_parts, parts)) & (total >= options.min_score * size)
        counts = np.flatnonzero(enough & found[:, self._told].any(axis=1))
        cells = np.stack([peaks.x[people], peaks.y[people]], axis=-1)
        points = cells * self.stride + (self.stride - 1) / 2
        keypoints = np.dstack([np.where(found[..., np.newaxis], points, 0), scores])
        score = total / np.sqrt(size * parts)
        order = counts[np.argsort(-score[counts], kind="stable")]
        told = keypoints[:, self._told].astype(np.float32)
        return [Human(told[i], float(score[i]), self._told_skeleton) for i in order]


def _finite(maps: Floats) -> Floats:
    """Put 0 for what is no number: a diverged network finds nobody, and stops no evaluation."""
    finite = np.isfinite(maps)
    return maps if finite.all() else np.where(finite, maps, np.float32(0))


def _confidence(peaks: Peaks, pairs: Pairs) -> Floats:
    return np.sqrt(peaks.score[pairs.start] * peaks.score[pairs.end])


def _enlarged(maps: Floats, factor: int) -> Floats:
    if factor == 1:
        return maps
    import cv2

    big = cv2.resize(maps, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return np.asarray(big, np.float32).reshape(*big.shape[:2], maps.shape[-1])
