"""A user's own dataset, with the methods that the 2021 library asked for, as a Dataset.

The methods, of which only the first two are needed:

* `get_train_dataset()`: a `tf.data.Dataset`, or anything iterable, of pairs: the path of an image,
  and a pickled dictionary (or the dictionary itself). Its `"kpt"` holds a list of `[x, y]` or
  `[x, y, v]` for each person, in pixels; negative coordinates (`-1000`) or v 0 mean "not
  annotated". `"bbx"` holds `[x, y, width, height]` for each person, or is None. `"mask"` covers
  people without annotation, in COCO's forms (polygons, run lengths, or a list of them), or is None.
* `get_eval_dataset()`: pairs of the path of an image and its id.
* `get_input_kpt_cvter()`: returns a function from one person's `"kpt"` as an array to the points
  of `skeleton`, in its order. Without it the points are in that order already.
* `get_output_kpt_cvter()`: returns a function from one person's `[[x, y], ...]` in that order,
  `[-1000, -1000]` for points that were not found, to the list of numbers that a results file holds.

`skeleton` is an attribute of the dataset where it has one, else the model's own, COCO's or MPII's:
the first with as many keypoints as the annotations.

Scores come from the dataset's own `evaluate(humans)` or `official_eval(results)` where there is
one. Otherwise they are COCO's OKS over the evaluation images that are also among the training
elements, found by path, because only these come with annotations: without any, nothing is scored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hyperpose_coco.userdef.dataset import UserDataset
from hyperpose_core.errors import ConfigError

if TYPE_CHECKING:
    from hyperpose_core.config import Config

_NEEDED = ("get_train_dataset", "get_eval_dataset")


def adapt(made: Any, config: Config) -> UserDataset:
    """Return a `contracts.Dataset` from a user's object.

    Raises:
        ConfigError: it lacks methods; which ones is said.
    """
    lacking = [name for name in _NEEDED if not callable(getattr(made, name, None))]
    if lacking:
        raise ConfigError(
            f"the dataset {type(made).__name__} has no {' and no '.join(lacking)}: see "
            f"hyperpose_coco.userdef.adapt for what a dataset of your own needs"
        )
    return UserDataset(made, config)
