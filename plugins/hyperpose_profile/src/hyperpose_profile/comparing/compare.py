"""Comparing: every image of a dataset through several models, in an order that alternates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from hyperpose_core.build import get_dataset
from hyperpose_core.config import Config
from hyperpose_core.contracts import Dataset
from hyperpose_core.data.drawing import Picture
from hyperpose_core.data.humans import Human
from hyperpose_core.data.samples import Sample
from hyperpose_core.errors import DataError, InputError
from hyperpose_core.evaluation.evaluate import Evaluation
from hyperpose_core.evaluation.protocol import protocol_of
from hyperpose_core.inference import Predictor
from hyperpose_core.inference.predictor import read_image
from hyperpose_core.registry import Registry
from hyperpose_core.skeletons.converters import convert, labelled_points
from hyperpose_core.support.messages import Messages, bar_settings
from hyperpose_core.support.promises import calling
from hyperpose_profile.clock import WARM_UP, Clock
from hyperpose_profile.comparing.comparison import Comparison, Side
from hyperpose_profile.subjects import Subject


class _Network:
    """A network whose time is taken apart from what is done before it."""

    def __init__(self, network: Any) -> None:
        self.network, self.seconds = network, Clock()

    def __call__(self, images: NDArray[np.float32]) -> Sequence[NDArray[np.float32]]:
        return self.seconds("network", lambda: self.network(images))


class _Compared:
    """One of the models, with what it has found so far."""

    def __init__(
        self, subject: Subject, config: Config, dataset: Dataset, registry: Registry
    ) -> None:
        predictor, _ = subject.predictor(config, registry)
        # What an evaluation checks of a model and a dataset, and the images that it looks at.
        self.evaluation = Evaluation(predictor, dataset, config, registry, live=True)
        self.dataset, self.registry = dataset, registry
        self.config, self.family = self.evaluation.config, predictor.family
        protocol = getattr(predictor.network, "protocol", {})
        self.network = _Network(predictor.network)
        self.predictor = Predictor(self.network, self.family, self.config)
        self.side = Side(
            name=subject.name,
            origin=subject.origin,
            model=self.config.model.type,
            runtime=protocol.get("runtime", "tensorflow"),
            precision=protocol.get("precision", self.config.eval.precision),
            input_size=self.config.model.size,
            fit=self.config.eval.fit,
        )

    @property
    def keypoints(self) -> set[str]:
        """Those of the dataset that the model finds."""
        to = self.dataset.skeleton
        there = labelled_points(self.family.skeleton, to, self.registry)
        return {name for name, one in zip(to.keypoints, there, strict=True) if one}

    def look(self, image: Picture) -> list[Human]:
        """Find people, and count the time of each part as a round."""
        clock, own = self.side.clock, self.network.seconds
        clock.begin()
        own.begin()
        maps, view = clock("preprocessing", lambda: self.predictor.maps(image))
        people = clock("decoding", lambda: self.predictor.decode(maps, view))
        spent = own.rounds[-1]["network"]
        clock.rounds[-1] = {
            "preprocessing": clock.rounds[-1]["preprocessing"] - spent,
            "network": spent,
            "decoding": clock.rounds[-1]["decoding"],
        }
        return people

    def find(self, sample: Sample, image: Picture) -> None:
        """Look at an image of the dataset, and keep who is found."""
        to = self.dataset.skeleton
        self.side.humans[sample.image_id] = [
            Human(convert(human.keypoints, human.skeleton, to, self.registry), human.score, to)
            for human in self.look(image)
        ]

    def score(self) -> None:
        """Score what was found, by the dataset's official protocol."""
        config, humans = self.config, self.side.humans
        whole = config.eval.limit is None and not config.data.filter_eval
        with calling(self.dataset, "evaluate"):
            found = self.dataset.evaluate(humans, image_ids=None if whole else list(humans))
        self.side.metrics = {str(name): float(value) for name, value in found.items()}


def compare(
    subjects: Sequence[Subject],
    configs: Sequence[Config],
    repeat: int,
    registry: Registry,
    messages: Messages,
) -> Comparison:
    """Send every image through all models, score each, and compare them with the first.

    Args:
        configs: of each model, with the same settings of the dataset.
        repeat: how often each image goes through each model.

    Raises:
        InputError: the models find different keypoints of the dataset.
        DataError: there is no image, or none that can be read.
    """
    dataset = get_dataset(configs[0], registry)
    compared = [_Compared(s, c, dataset, registry) for s, c in zip(subjects, configs, strict=True)]
    _name_apart(compared)
    _check_keypoints(compared, dataset)
    samples = compared[0].evaluation.samples()
    unreadable: list[str] = []
    warm = False
    bar = tqdm(samples, desc="compare", unit="image", **bar_settings(messages.quiet))
    for number, sample in enumerate(bar):
        try:
            image = read_image(sample.path, turn=False)
        except DataError as error:
            if configs[0].data.strict:
                raise
            messages.warn(f"{error}; it counts as an image in which nobody was found")
            unreadable.append(str(sample.path))
            for one in compared:
                one.side.humans[sample.image_id] = []
            continue
        if not warm:
            _warm_up(compared, image)
            warm = True
        for time in range(repeat):
            for one in _turn(compared, number * repeat + time):
                one.find(sample, image)
    if not warm:
        raise DataError(f"none of the {len(samples)} images can be read")
    for one in compared:
        one.score()
    first = compared[0]
    protocol = protocol_of(first.config, dataset, registry, first.side.humans)
    own = ("input_size", "fit", "weights", "precision")  # of each model
    protocol = {name: value for name, value in protocol.items() if name not in own}
    return Comparison([o.side for o in compared], protocol, len(samples), repeat, unreadable)


def _turn(compared: Sequence[_Compared], number: int) -> Sequence[_Compared]:
    """Return the order of an image: each begins, and each follows each, equally often."""
    start = number // 2 % len(compared)
    order = [*compared[start:], *compared[:start]]
    return order[::-1] if number % 2 else order


def _warm_up(compared: Sequence[_Compared], image: Picture) -> None:
    """Let every model see an image some times, which does not count."""
    for one in compared:
        for _ in range(WARM_UP):
            one.look(image)
        one.side.clock = Clock()


def _name_apart(compared: Sequence[_Compared]) -> None:
    """Number those that have the same name."""
    names = [one.side.name for one in compared]
    for number, one in enumerate(compared):
        if (before := names[:number].count(one.side.name)) > 0:
            one.side.name += f" ({before + 1})"


def _check_keypoints(compared: Sequence[_Compared], dataset: Dataset) -> None:
    first, *others = compared
    for other in others:
        if first.keypoints != other.keypoints:
            differ = sorted(first.keypoints ^ other.keypoints)
            raise InputError(
                f"{first.side.name} and {other.side.name} cannot be compared on "
                f"{dataset.skeleton.name}: of its {len(dataset.skeleton)} keypoints they find "
                f"{len(first.keypoints)} and {len(other.keypoints)}, only one of them "
                f"{', '.join(differ)}"
            )
