"""The evaluation of one model on one dataset."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tqdm import tqdm

from hyperpose_core import filters
from hyperpose_core.config import Config
from hyperpose_core.contracts import Dataset, Model
from hyperpose_core.converters import convert
from hyperpose_core.drawing import draw_humans, save_picture
from hyperpose_core.errors import DataError
from hyperpose_core.families import Family
from hyperpose_core.files import write_text
from hyperpose_core.humans import Human
from hyperpose_core.inference.load import load_newest
from hyperpose_core.inference.predictor import Maps, Predictor, read_image
from hyperpose_core.messages import Messages
from hyperpose_core.registry import Registry
from hyperpose_core.runs import Run
from hyperpose_core.samples import Sample

MULTISCALE = [0.5, 1.0, 1.5, 2.0]


@dataclass(frozen=True)
class EvalResult:
    """Scores with what they were measured on.

    Args:
        metrics: the dataset's official numbers.
        images: how many images they are over, those without predictions included.
        protocol: dataset, split, input size, scales and whatever else makes numbers comparable.
        unreadable: images that could not be read; they count as images without predictions.
    """

    metrics: dict[str, float]
    images: int
    protocol: dict[str, Any]
    unreadable: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return what `hyperpose eval --json` prints."""
        report = {"metrics": self.metrics, "images": self.images, "protocol": self.protocol}
        return {**report, "unreadable": self.unreadable} if self.unreadable else report


class Evaluation:
    """One evaluation; see `EvalPipeline`."""

    def __init__(
        self,
        model: Model,
        dataset: Dataset,
        config: Config,
        registry: Registry,
        vis_num: int | None = None,
        total_eval_num: int | None = None,
        enable_multiscale_search: bool = False,
    ) -> None:
        self.dataset, self.registry = dataset, registry
        self.config = copy.copy(config)
        self.config.eval = copy.copy(config.eval)
        if vis_num is not None:
            self.config.eval.vis_num = vis_num
        if total_eval_num is not None:
            self.config.eval.limit = total_eval_num
        if enable_multiscale_search:
            self.config.eval.scales = MULTISCALE
        self.run = Run.of(config)
        self.messages = Messages(config.log.quiet)
        load_newest(self.run, model)
        self.family = Family.of(config, registry)
        self.predictor = Predictor(model, self.family, self.config)

    def __call__(self) -> EvalResult:
        """Predict, score, write the results file and the pictures."""
        samples = self._samples()
        humans: dict[int | str, list[Human]] = {}
        unreadable: list[str] = []
        bar = tqdm(samples, desc="eval", unit="image", disable=self.config.log.quiet)
        for number, sample in enumerate(bar):
            try:
                humans[sample.image_id] = self._predict(sample, number < self.config.eval.vis_num)
            except DataError as error:
                if self.config.data.strict:
                    raise
                unreadable.append(str(sample.path))
                humans[sample.image_id] = []
                self.messages.warn(f"{error}; it counts as an image in which nobody was found")
        if unreadable:
            self.messages.warn(f"{len(unreadable)} of {len(samples)} images could not be read")
        whole = self.config.eval.limit is None and not self.config.data.filter_eval
        metrics = self.dataset.evaluate(humans, image_ids=None if whole else list(humans))
        write_text(self.run.results, json.dumps(self.dataset.to_results(humans)))
        return EvalResult(dict(metrics), len(samples), self._protocol(), unreadable)

    def _samples(self) -> Sequence[Sample]:
        samples = list(self.dataset.eval_samples())
        if self.config.data.filter_eval:
            samples = filters.apply(samples, self.config.data, self.registry).samples
        samples = samples[: self.config.eval.limit]
        if not samples:
            raise DataError("no image is left to evaluate on; check the split and the filters")
        return samples

    def _predict(self, sample: Sample, draw: bool) -> list[Human]:
        """Return the people in one image, in the dataset's skeleton."""
        image = read_image(sample.path, turn=False)
        maps, view = self.predictor.maps(image)
        humans = self.predictor.decode(maps, view)
        if draw:
            self._picture(sample, image, maps, humans, view)
        own, theirs = self.family.skeleton, self.dataset.skeleton
        return [
            Human(convert(human.keypoints, own, theirs, self.registry), human.score, theirs)
            for human in humans
        ]

    def _picture(
        self, sample: Sample, image: Any, maps: Maps, humans: list[Human], view: Any
    ) -> None:
        folder = self.run.pictures("eval")
        save_picture(folder / f"{sample.path.stem}.png", draw_humans(image.copy(), humans))
        shown = (255 * view.apply(image)).astype("uint8")
        picture = self.family.visualizer(shown, maps, self.family.skeleton)
        save_picture(folder / f"{sample.path.stem}_maps.png", picture)

    def _protocol(self) -> dict[str, Any]:
        data, settings = self.config.data, self.config.eval
        return {
            "dataset": data.type,
            "version": data.version,
            "split": data.eval_split,
            "input_size": list(self.config.model.input_size),
            "fit": settings.fit,
            "scales": list(settings.scales),
            "flip": settings.flip,
            "limit": settings.limit,
            "filtered": data.filter_eval,
        }
