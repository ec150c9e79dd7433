"""What is in a split: people per image, sizes, visibility, as counts for tables and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from hyperpose_core.data.samples import Sample
from hyperpose_core.skeletons import Skeleton
from hyperpose_datatools.checking.people import crowds, with_keypoints

_PERCENTILES = (0, 5, 50, 95, 100)


def counted(samples: Sequence[Sample], skeleton: Skeleton) -> dict[str, Any]:
    """Count what the samples of one split hold.

    Returns:
        `images`, `without_people`: those in which nobody is annotated; `people`, those with
        keypoints; `people_without_keypoints`; `crowds`; `people_per_image`, how many images have
        so many people with keypoints; `image_sizes` and `person_sizes` (the root of the box's
        area, pixels) and `keypoints_per_person`: percentiles; `visibility`: by keypoint, which
        parts of the people have it not annotated, occluded, visible.
    """
    there = [with_keypoints(sample) for sample in samples]
    crowd = [crowds(sample) for sample in samples]
    people = [t & ~c for t, c in zip(there, crowd, strict=True)]
    chosen = list(zip(samples, people, strict=True))
    points = [s.keypoints[p] for s, p in chosen]
    boxes = [s.boxes[p] for s, p in chosen]
    keypoints = np.concatenate([np.zeros((0, len(skeleton), 3), np.float32), *points])
    # Wider than the boxes' numbers: the area of one may be more than those hold.
    sizes = np.concatenate([np.zeros((0, 4)), *boxes])[:, 2:].clip(min=0)
    per_image = Counter(int(p.sum()) for p in people)
    return {
        "images": len(samples),
        "without_people": sum(not len(sample.keypoints) for sample in samples),
        "people": len(keypoints),
        "people_without_keypoints": sum(
            int((~t & ~c).sum()) for t, c in zip(there, crowd, strict=True)
        ),
        "crowds": sum(int(c.sum()) for c in crowd),
        "people_per_image": {str(count): per_image[count] for count in sorted(per_image)},
        "image_sizes": {
            "width": _percentiles([s.width for s in samples if s.width]),
            "height": _percentiles([s.height for s in samples if s.height]),
        },
        "person_sizes": _percentiles(np.sqrt(sizes.prod(-1))),
        "keypoints_per_person": _percentiles((keypoints[..., 2] > 0).sum(-1)),
        "visibility": _visibility(keypoints, skeleton),
    }


def _visibility(keypoints: np.ndarray, skeleton: Skeleton) -> dict[str, dict[str, float]]:
    words = ("not_annotated", "occluded", "visible")
    if not len(keypoints):
        return {}
    return {
        name: {
            word: round(float((keypoints[:, i, 2] == value).mean()), 4)
            for value, word in enumerate(words)
        }
        for i, name in enumerate(skeleton.keypoints)
    }


def _percentiles(values: Any) -> dict[str, float]:
    """Return the smallest, the 5 %, 50 % and 95 % points and the largest."""
    if not len(values):
        return {}
    names = ("min", "p5", "median", "p95", "max")
    found = np.percentile(np.asarray(values, np.float64), _PERCENTILES)
    return {name: round(float(v), 1) for name, v in zip(names, found, strict=True)}
