"""The base of datasets of one's own, as in 2021."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from typing import Any

from hyperpose.Config import DATA
from hyperpose_core.config import Config

Converter = Callable[[Any], Any]


def _as_it_is(points: Any) -> Any:
    return points


class Base_dataset:  # noqa: N801 - the name is the API of 2021
    """Base of datasets of one's own: `generate_train_data` and `generate_eval_data` say it all.

    It is given to `Config.set_userdef_dataset`. People are scored by OKS, unless the class has an
    `official_eval(results, folder)` or an `evaluate(humans)`.

    Args:
        config: as `Config.get_config` returns it.
        input_kpt_cvter: from a person's keypoints as annotated to those of the model's dataset.
        output_kpt_cvter: back, for the results.
    """

    def __init__(
        self,
        config: Config,
        input_kpt_cvter: Converter = _as_it_is,
        output_kpt_cvter: Converter | None = None,
    ) -> None:
        self.config, self.dataset_path = config, config.data.path
        self.input_kpt_cvter, self.output_kpt_cvter = input_kpt_cvter, output_kpt_cvter

    def generate_train_data(self) -> tuple[Sequence[str], Sequence[Any]]:
        """Return the paths of the training images, and for each a table: `kpt`, `bbx`, `mask`."""
        raise NotImplementedError(f"{type(self).__name__} has no generate_train_data()")

    def generate_eval_data(self) -> tuple[Sequence[str], Sequence[int]]:
        """Return the paths of the images to evaluate on, and their ids."""
        raise NotImplementedError(f"{type(self).__name__} has no generate_eval_data()")

    def get_dataset_type(self) -> str:
        """Return `Config.DATA.USERDEF`."""
        return DATA.USERDEF

    def get_train_dataset(self, in_list: bool = False) -> Any:
        """Return a `tf.data.Dataset` of paths and pickled tables, or the two lists.

        Keypoints are as annotated: who reads them applies `get_input_kpt_cvter()`.
        """
        paths, targets = self.generate_train_data()
        if in_list:
            return paths, targets
        return _pairs(paths, [pickle.dumps(target) for target in targets])

    def get_eval_dataset(self, in_list: bool = False) -> Any:
        """Return a `tf.data.Dataset` of paths and ids, or the two lists."""
        paths, names = self.generate_eval_data()
        return (paths, names) if in_list else _pairs(paths, list(names))

    def get_train_datasize(self) -> int:
        """Return how many images there are to train on."""
        return len(self.generate_train_data()[0])

    def get_eval_datasize(self) -> int:
        """Return how many images there are to evaluate on."""
        return len(self.generate_eval_data()[0])

    def set_input_kpt_cvter(self, input_kpt_cvter: Converter) -> None:
        """Use another converter from annotated keypoints."""
        self.input_kpt_cvter = input_kpt_cvter

    def set_output_kpt_cvter(self, output_kpt_cvter: Converter | None) -> None:
        """Use another converter of what is found."""
        self.output_kpt_cvter = output_kpt_cvter

    def get_input_kpt_cvter(self) -> Converter:
        """Return the converter from annotated keypoints."""
        return self.input_kpt_cvter

    def get_output_kpt_cvter(self) -> Converter | None:
        """Return the converter of what is found; None where there is none."""
        return self.output_kpt_cvter


def _pairs(paths: Sequence[str], values: Sequence[Any]) -> Any:
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(([str(path) for path in paths], list(values)))
