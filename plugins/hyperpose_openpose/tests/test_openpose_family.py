"""The plugin's description, its skeletons, its errors, and the family's pictures."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from hyperpose_core.errors import ConfigError
from hyperpose_openpose import plugin
from hyperpose_openpose.postprocess import Postprocessor
from hyperpose_openpose.skeletons import COCO, MPII
from hyperpose_openpose.visualize import visualize


def test_describing_the_plugin_imports_nothing_heavy() -> None:
    code = (
        "import sys; from hyperpose_openpose import plugin, skeletons; "
        "plugin.hyperpose_register_models(); "
        "print([m for m in ('tensorflow', 'tensorlayer', 'cv2', 'matplotlib', 'pycocotools') "
        "if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_every_target_loads() -> None:
    hooks = [getattr(plugin, name) for name in dir(plugin) if name.startswith("hyperpose_register")]
    specs = [spec for hook in hooks for spec in hook()]
    kinds = {spec.kind for spec in specs}
    assert kinds >= {"model", "backbone", "preprocessor", "postprocessor", "visualizer"}
    assert all(spec.load() is not None for spec in specs)


def test_skeletons_are_openpose() -> None:
    assert (len(COCO), len(COCO.limbs), len(MPII), len(MPII.limbs)) == (18, 19, 15, 14)
    assert [COCO.keypoints[i] for i in COCO.limbs[0]] == ["neck", "right_hip"]
    assert [COCO.keypoints[i] for i in COCO.limbs[9]] == ["right_shoulder", "right_ear"]
    assert [COCO.keypoints[i] for i in COCO.limbs[14]] == ["neck", "nose"]
    for skeleton in (COCO, MPII):
        flipped = [skeleton.keypoints[i] for i in skeleton.flip]
        sides = [n for n in skeleton.keypoints if n.startswith(("left_", "right_"))]
        assert sum(a != b for a, b in zip(flipped, skeleton.keypoints, strict=True)) == len(sides)


def test_maps_of_another_skeleton_are_told() -> None:
    post = Postprocessor(skeleton=MPII, stride=8, options={})
    with pytest.raises(ConfigError, match=r"needs \[h, w, 16\] and \[h, w, 28\]"):
        post((np.zeros((4, 4, 19), np.float32), np.zeros((4, 4, 38), np.float32)))


def test_people_come_surest_first_and_min_score_drops_them() -> None:
    rng = np.random.default_rng(0)
    conf = rng.uniform(0, 1, (30, 30, 19)).astype(np.float32)
    paf = rng.uniform(-1, 1, (30, 30, 38)).astype(np.float32)
    humans = Postprocessor(skeleton=COCO, stride=8, options={})((conf, paf))
    scores = [h.score for h in humans]
    assert len(humans) > 3
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= s <= 1 for s in scores)
    assert all(((h.keypoints[:, 2] >= 0) & (h.keypoints[:, 2] <= 1)).all() for h in humans)
    assert all(h.found.sum() >= 3 for h in humans)
    more = Postprocessor(skeleton=COCO, stride=8, options={"min_parts": 2})((conf, paf))
    none = Postprocessor(skeleton=COCO, stride=8, options={"min_score": 1.1})((conf, paf))
    assert len(more) >= len(humans) > len(none) == 0


def test_the_picture_shows_image_confidence_and_affinity() -> None:
    image = np.full((64, 80, 3), 120, np.uint8)
    conf, paf = np.zeros((8, 10, 19), np.float32), np.zeros((8, 10, 38), np.float32)
    conf[..., 18] = 1  # the background must not show
    conf[2, 3, 5] = 1.0
    paf[6, 7, 8:10] = (-0.6, 0.8)
    picture = visualize(image, (conf, paf), COCO)
    assert picture.shape == (64, 240, 3)
    assert picture.dtype == np.uint8
    assert (picture[:, :80] == image).all()
    red = picture[..., 0].astype(int) - picture[..., 2]
    for offset, (y, x) in ((80, (20, 28)), (160, (52, 60))):
        panel = red[:, offset : offset + 80]
        assert panel[y, x] > 100
        assert panel[0, 0] < 0


def test_panels_show_lengths_directions_and_every_part() -> None:
    image = np.full((64, 80, 3), 120, np.uint8)
    conf, paf = np.zeros((8, 10, 19), np.float32), np.zeros((8, 10, 38), np.float32)
    conf[2, 3, COCO.index("neck")] = 1.0
    limb = COCO.limbs.index((COCO.index("neck"), COCO.index("nose")))
    paf[6, 7, 2 * limb : 2 * limb + 2] = (1.0, 0.0)
    found = visualize.panels(image, (conf, paf), COCO, True)
    assert len(found) == 3 + 18 + 19
    assert list(found)[:3] == list(visualize.panels(image, (conf, paf), COCO, False))
    (_, lengths), (title, directions) = list(found.items())[1:3]
    assert "right red" in title
    for picture in (directions, found["neck to nose"]):
        red, green, blue = picture[52, 60].tolist()
        assert red > 150 > 60 > green
        assert blue < 60
        assert picture[0, 0].max() < 60
    assert lengths[52, 60, 0] > 100
    assert found["neck"][20, 28, 0] > 100 > found["nose"][20, 28, 0]


@pytest.mark.parametrize(
    ("vector", "strong"), [((1, 0), (0,)), ((0, -1), (0, 1)), ((-1, 0), (1, 2)), ((0, 1), (0, 2))]
)
def test_right_is_red_up_green_left_cyan_down_violet(
    vector: tuple[int, int], strong: tuple[int, ...]
) -> None:
    conf, paf = np.zeros((8, 10, 19), np.float32), np.zeros((8, 10, 38), np.float32)
    paf[..., :2] = vector
    panels = visualize.panels(np.zeros((64, 80, 3), np.uint8), (conf, paf), COCO, False)
    color = list(panels.values())[2][32, 40]
    assert {i for i in range(3) if color[i] > 100} == set(strong)
