"""People from confidence maps and part affinity fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hyperpose_core.data.humans import Human
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_openpose.assemble import Person, assemble, complete, open_pairs
from hyperpose_openpose.auxiliary import auxiliary_names, without
from hyperpose_openpose.limbs import STRONG, WEAK, Complex, Pairs, all_pairs, as_field, score_pairs
from hyperpose_openpose.options import Options
from hyperpose_openpose.peaks import Floats, Peaks, find_peaks

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
        people = self._people(as_field(paf), peaks)
        humans = [self._human(person, peaks) for person in people if self._counts(person, peaks)]
        return sorted(humans, key=lambda human: -human.score)

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
        # A diverged network finds nobody rather than stopping the evaluation.
        return [np.where(np.isfinite(m), m, np.float32(0)) for m in (conf, paf)]

    def _peaks(self, maps: Floats) -> Peaks:
        """Find peaks, in cells of the maps, with scores of at most 1."""
        options, factor = self.options, self.options.upsample
        lowest = min(options.weak_threshold, options.peak_threshold)
        peaks = find_peaks(_enlarged(maps, factor), lowest, options.sigma * factor)
        x, y = ((v + 0.5) / factor - 0.5 for v in (peaks.x, peaks.y))
        score = np.minimum(peaks.score, 1.0)
        return replace(peaks, x=x.astype(np.float32), y=y.astype(np.float32), score=score)

    def _people(self, field: Complex, peaks: Peaks) -> list[Person]:
        limbs, parts = self.skeleton.limbs, len(self.skeleton)
        pairs = all_pairs(peaks, limbs, parts)
        strong = peaks.score > self.options.peak_threshold
        sure = pairs.pick(strong[pairs.start] & strong[pairs.end])
        people = assemble(*score_pairs(field, peaks, sure, STRONG), limbs)
        # Twice: what the first round adds can carry a further limb, an elbow the wrist.
        for _ in range(_ROUNDS):
            rest = open_pairs(people, peaks, pairs, parts)
            rest, score = score_pairs(field, peaks, rest, WEAK)
            complete(people, rest, score * _confidence(peaks, rest), limbs)
        return people

    def _counts(self, person: Person, peaks: Peaks) -> bool:
        mean = peaks.score[list(person.values())].mean()
        least = min(self.options.min_parts, len(self.skeleton))
        told = self._told[list(person)].any()
        return len(person) >= least and bool(told and mean >= self.options.min_score)

    def _human(self, person: Person, peaks: Peaks) -> Human:
        found, chosen = list(person), list(person.values())
        keypoints = np.zeros((len(self.skeleton), 3), np.float32)
        scores = peaks.score[chosen]
        cells = np.stack([peaks.x[chosen], peaks.y[chosen]], axis=-1)
        keypoints[found, :2] = cells * self.stride + (self.stride - 1) / 2
        keypoints[found, 2] = scores
        score = float(scores.sum() / np.sqrt(len(found) * len(self.skeleton)))
        return Human(keypoints[self._told], score, self._told_skeleton)


def _confidence(peaks: Peaks, pairs: Pairs) -> Floats:
    return np.sqrt(peaks.score[pairs.start] * peaks.score[pairs.end])


def _enlarged(maps: Floats, factor: int) -> Floats:
    if factor == 1:
        return maps
    import cv2

    big = cv2.resize(maps, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return np.asarray(big, np.float32).reshape(*big.shape[:2], maps.shape[-1])
