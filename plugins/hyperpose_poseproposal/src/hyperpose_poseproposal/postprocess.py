"""People from the maps of pose proposals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hyperpose_core.data.humans import Human
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton
from hyperpose_poseproposal.assemble import Person, adopt, assemble, find_links, outwards, root_of
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
        with np.errstate(over="ignore", invalid="ignore"):  # of a network that has diverged
            return self._decoded(maps)

    def _decoded(self, maps: Sequence[Floats]) -> list[Human]:
        options = self.options
        found = detect(maps[:6], options.threshold, options.nms_threshold)
        across, down = options.window
        edges = maps[6].reshape(*maps[6].shape[:2], down, across, len(self.skeleton.limbs))
        links = find_links(found, edges, self.steps, options.window, options.edge_threshold)
        people = assemble(found, links, self.steps)
        people = adopt(people, found, self.root)
        least = min(options.min_parts, len(self.skeleton))
        return self._humans([person for person in people if len(person) >= least], found)

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
        return [_finite(m) for m in maps]

    def _humans(self, people: Sequence[Person], found: Detections) -> list[Human]:
        """Return those who are sure enough, the surest first."""
        kinds, size = len(self.skeleton), [len(person) for person in people]
        who = np.repeat(np.arange(len(people)), size)
        part = np.array([part for person in people for part in person], np.intp)
        chosen = np.array([one for person in people for one in person.values()], np.intp)
        keypoints = np.zeros((len(people), kinds, 3), np.float32)
        keypoints[who, part, :2] = found.box[chosen, :2] * self.stride - 0.5
        keypoints[who, part, 2] = found.score[chosen]
        score = keypoints[..., 2].sum(axis=1) / np.sqrt(np.multiply(size, kinds))
        order = np.argsort(-score, kind="stable")
        sure = order[score[order] >= self.options.min_score].tolist()
        return [Human(keypoints[i], float(score[i]), self.skeleton) for i in sure]


def _finite(maps: Floats) -> Floats:
    """Put 0 for what is no number: a diverged network finds nobody, and stops no evaluation."""
    finite = np.isfinite(maps)
    return maps if finite.all() else np.where(finite, maps, np.float32(0))
