"""All of them together, in the input pipeline: the same from any position, and nobody is lost."""

import cv2
import numpy as np

from hyperpose_coco.skeleton import COCO
from hyperpose_core.config import Config
from hyperpose_core.data.samples import Sample
from hyperpose_training.feeding.batches import TrainBatches
from hyperpose_training.feeding.source import Source

ALL = [
    "half-body(probability=0.9)",
    "cutout(n=2)",
    "blur",
    "noise",
    "jpeg",
    "grey(probability=0.5)",
]


class KeepAll:
    """A preprocessor whose targets are what it is given."""

    map_names = ()

    def encode(self, keypoints, boxes, mask):
        return {"keypoints": keypoints, "boxes": boxes, "mask": mask}


def samples(folder):
    """Write pictures with a dot on every keypoint, of one colour."""
    rng = np.random.default_rng(0)
    for number in range(5):
        image = np.full((120, 160, 3), 250, np.uint8)
        points = np.stack([rng.uniform(10, 150, 17), np.sort(rng.uniform(10, 110, 17))], -1)
        for x, y in points:
            cv2.circle(image, (round(x), round(y)), 3, (0, 0, 0), -1)
        path = folder / f"{number}.png"
        cv2.imwrite(str(path), image)
        people = np.concatenate([points, np.full((17, 1), 2.0)], -1)[None].astype(np.float32)
        yield Sample(number, path, 160, 120, people, np.zeros((1, 4), np.float32))


def batches(folder, position=0, steps=1, augmentations=ALL):
    config = Config()
    config.model.input_size, config.train.batch_size = (128, 128), 2
    config.data.augmentations, config.data.color = augmentations, 0.0
    source = Source(list(samples(folder)))
    return TrainBatches(source, KeepAll(), COCO, config, position, steps)


def test_a_batch_is_the_same_from_any_position(tmp_path):
    third = [b for b, _ in zip(batches(tmp_path, steps=3), range(3), strict=False)][2]
    again = next(batches(tmp_path, position=4))
    np.testing.assert_array_equal(third.images, again.images)
    np.testing.assert_array_equal(third.targets["keypoints"], again.targets["keypoints"])


def test_they_work_in_the_other_order_too(tmp_path):
    """After `jpeg`, which decodes, `noise` needs the size of the image."""
    assert next(batches(tmp_path, augmentations=ALL[::-1])).images.shape == (2, 128, 128, 3)


def test_dots_are_where_the_keypoints_are_when_halves_are_enlarged(tmp_path):
    """Every keypoint in the picture lies on black, whatever was turned, mirrored and enlarged."""
    seen = 0
    reader = batches(tmp_path, steps=6, augmentations=ALL[:1])
    for _, batch in zip(range(6), reader, strict=False):
        for image, people in zip(batch.images, batch.targets["keypoints"], strict=True):
            for x, y, visibility in people.numpy()[0]:
                if visibility > 0 and min(x, y) > 1 and max(x, y) < 126:
                    assert image.numpy()[round(y), round(x)].mean() < 0.5
                    seen += 1
    assert seen > 50
