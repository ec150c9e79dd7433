"""People from the maps of pose proposals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hyperpose_core.data.humans import Human
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_poseproposal.assemble import Person, adopt, assemble, outwards, root_of
from hyperpose_poseproposal.detect import Detections, Floats, detect
from hyperpose_poseproposal.options import Options


class Postprocessor:
    """Decodes pose proposals (Sekii, ECCV 2018, section 3.4).

    The maps are read cell by cell, so those of several scales cannot be averaged.

    Args:
        skeleton: K keypoints and L limbs; people are assembled from the keypoint `instance`.
        stride: input pixels a cell.
        options: see `options.Options`.
    """

    map_names = ("pc", "pi", "px", "py", "pw", "ph", "pe")

    def __init__(self, *, skeleton: Skeleton, stride: int, options: Mapping[str, Any]) -> None:
        self.skeleton, self.stride = skeleton, stride
        self.options = Options.read(options)
        self.root, self.steps = root_of(skeleton), outwards(skeleton)

    def __call__(self, outputs: Sequence[Floats]) -> list[Human]:
        """Decode the maps of one image.

        Args:
            outputs: `(pc, pi, px, py, pw, ph, pe)` as `Poseproposal.forward` gives them, of one
                image, `[h, w, C]` each.

        Returns:
            people, the surest first, keypoints in pixels of the network's input, the instance among
            them. A keypoint's score is its response times its IoU; a person's is the mean of the
            scores of its n keypoints times the square root of n / K.

        Raises:
            ConfigError: the maps do not fit the skeleton and the window.
        """
        maps = self._checked(outputs)
        options = self.options
        found = detect(maps[:6], options.threshold, options.nms_threshold)
        across, down = options.window
        edges = maps[6].reshape(*maps[6].shape[:2], down, across, len(self.skeleton.limbs))
        people = assemble(found, edges, self.steps, options.window, options.edge_threshold)
        people = adopt(people, found, self.root)
        least = min(options.min_parts, len(self.skeleton))
        humans = [self._human(p, found) for p in people if len(p) >= least]
        humans = [human for human in humans if human.score >= options.min_score]
        return sorted(humans, key=lambda human: -human.score)

    def _checked(self, outputs: Sequence[Floats]) -> list[Floats]:
        maps = [np.asarray(m, np.float32) for m in outputs]
        across, down = self.options.window
        kinds, edges = len(self.skeleton), across * down * len(self.skeleton.limbs)
        shapes = [m.shape for m in maps]
        if not shapes or shapes != [(*shapes[0][:2], c) for c in [kinds] * 6 + [edges]]:
            raise ConfigError(
                f"maps {shapes} do not fit skeleton {self.skeleton.name!r}: it needs six of "
                f"[h, w, {kinds}] and, with a window of {across}x{down}, one of [h, w, {edges}]"
            )
        # A diverged network finds nobody rather than stopping the evaluation.
        return [np.where(np.isfinite(m), m, np.float32(0)) for m in maps]

    def _human(self, person: Person, found: Detections) -> Human:
        parts, chosen = list(person), list(person.values())
        keypoints = np.zeros((len(self.skeleton), 3), np.float32)
        scores = found.score[chosen]
        keypoints[parts, :2] = found.box[chosen, :2] * self.stride - 0.5
        keypoints[parts, 2] = scores
        score = float(scores.sum() / np.sqrt(len(parts) * len(self.skeleton)))
        return Human(keypoints, score, self.skeleton)
