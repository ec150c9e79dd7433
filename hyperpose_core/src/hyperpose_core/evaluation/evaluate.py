"""The evaluation of one model on one dataset."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from tqdm import tqdm

from hyperpose_core.build import completed
from hyperpose_core.build.metrics import Found, check, is_measured, measured, people_wanted
from hyperpose_core.build.strategy import start
from hyperpose_core.build.weights import named_weights
from hyperpose_core.config import Config
from hyperpose_core.contracts import Dataset, Model, Score
from hyperpose_core.data import filters
from hyperpose_core.data.humans import Human, as_results
from hyperpose_core.data.image_files import check_there
from hyperpose_core.data.image_size import size_problem
from hyperpose_core.data.raw import truth_of
from hyperpose_core.data.samples import Sample, samples_from
from hyperpose_core.errors import DataError
from hyperpose_core.evaluation.pictures import Pictures
from hyperpose_core.evaluation.protocol import evaluated_data, protocol_of
from hyperpose_core.evaluation.sharing import Predicted, everybodys, part, worker_0s
from hyperpose_core.evaluation.text import plain
from hyperpose_core.families import Family
from hyperpose_core.inference.forward import network_of
from hyperpose_core.inference.load import load_model
from hyperpose_core.inference.predictor import Predictor, read_image
from hyperpose_core.inference.stream import Seen, Stream
from hyperpose_core.registry import Registry
from hyperpose_core.runs import Run
from hyperpose_core.skeletons.converters import check_common, convert
from hyperpose_core.support.files import write_text
from hyperpose_core.support.messages import Messages, bar_settings
from hyperpose_core.support.promises import broken, calling

MULTISCALE = [0.5, 1.0, 1.5, 2.0]


@dataclass(frozen=True)
class EvalResult:
    """Scores with what they were measured on.

    Args:
        metrics: the dataset's official numbers.
        images: how many images they are over, those without predictions included.
        protocol: dataset, split, input size, scales and whatever else makes numbers comparable.
        unreadable: images that could not be read; they count as images without predictions.
        scores: of the metrics of `eval.metrics`, each with its own protocol and tables.
    """

    metrics: dict[str, float]
    images: int
    protocol: dict[str, Any]
    unreadable: list[str] = field(default_factory=list)
    scores: dict[str, Score] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return what `hyperpose eval --json` prints."""
        scores = {call: asdict(score) for call, score in self.scores.items()}
        more = {"unreadable": self.unreadable, "scores": scores}
        report = {"metrics": self.metrics, "images": self.images, "protocol": self.protocol}
        whole: dict[str, Any] = plain(report | {name: v for name, v in more.items() if v})
        return whole


class Evaluation:
    """One evaluation; see `EvalPipeline`.

    Args:
        model: a `Predictor`, as of an exported file, is scored as it is.
        live: score the model as it is, instead of one of the run's, and write no results; all
            workers have the same.
    """

    def __init__(
        self,
        model: Model | Predictor,
        dataset: Dataset,
        config: Config,
        registry: Registry,
        vis_num: int | None = None,
        total_eval_num: int | None = None,
        enable_multiscale_search: bool = False,
        live: bool = False,
    ) -> None:
        self.live = live
        if callable(own_check := getattr(dataset, "check_evaluation", None)):
            with calling(dataset, "check_evaluation"):
                own_check()  # Rather than after hours of looking for people.
        for call in config.eval.metrics:
            check(call, registry)
        self.dataset, self.registry = dataset, registry
        self.config = config = completed(config, registry)
        if vis_num is not None:
            self.config.eval.vis_num = vis_num
        if total_eval_num is not None:
            self.config.eval.limit = total_eval_num
        if enable_multiscale_search:
            self.config.eval.scales = MULTISCALE
        self.run = Run.of(config)
        self.messages = Messages(config.log.quiet)
        self.strategy = start(config, registry)
        if isinstance(model, Predictor):
            network, family = model.network, model.family
        else:
            if not live:
                self._load(model)
            network, family = network_of(model, config), Family.of(config, registry)
        check_common(family.skeleton, dataset.skeleton, registry)
        self.predictor = Predictor(network, family, self.config)
        self.pictures = Pictures(self.run.pictures("eval"), family, self.messages)

    def __call__(self) -> EvalResult:
        """Predict, score, write the results file and the pictures.

        Workers share the images; all get the same result, and worker 0 scores and writes.
        """
        samples = self.samples()
        found = everybodys(self._predict_part(samples), self.strategy, self.dataset.skeleton)
        humans = {samples[number].image_id: people for number, people in found.humans.items()}
        unreadable = [str(samples[number].path) for number in found.unreadable]
        metrics: Mapping[str, float] = {}
        scores: dict[str, Score] = {}
        if self.strategy.rank == 0:
            self._warn(found, len(samples))
            whole = self.config.eval.limit is None and not self.config.data.filter_eval
            metrics = self._official(humans, None if whole else list(humans))
            if not self.live:
                with calling(self.dataset, "to_results"):
                    results = json.dumps(self.dataset.to_results(humans))
                write_text(self.run.results, results)
                self._warn_of_nobody(metrics)
            scores = self._scores(humans)
        numbers = {"": metrics, **{call: score.metrics for call, score in scores.items()}}
        shared = worker_0s(numbers, self.strategy)
        metrics = shared.pop("")
        scores = {call: scores.get(call, Score(numbers, {})) for call, numbers in shared.items()}
        protocol = protocol_of(self.config, self.dataset, self.registry, humans)
        protocol |= getattr(self.predictor.network, "protocol", {})
        return EvalResult(metrics, len(samples), protocol, unreadable, scores)

    def _official(self, humans: Found, image_ids: Sequence[int | str] | None) -> dict[str, float]:
        with calling(self.dataset, "evaluate"):
            found = self.dataset.evaluate(humans, image_ids=image_ids)
        try:
            return {str(name): float(value) for name, value in found.items()}
        except (AttributeError, TypeError, ValueError):
            raise broken(self.dataset, "evaluate", "numbers by name", f"{found!r:.80}") from None

    def _scores(self, humans: Found) -> dict[str, Score]:
        """Return what the metrics of `eval.metrics` say of the images that were looked at."""
        if not (calls := self.config.eval.metrics):
            return {}
        everybody = truth_of(self.dataset, evaluated_data(self.dataset, self.config).eval_split)
        truth = [sample for sample in everybody if sample.image_id in humans]
        if not people_wanted(truth):
            self.messages.warn("nobody is annotated in these images: eval.metrics measure nothing")
            return {}
        found = {name: as_results(people) for name, people in humans.items()}
        skeleton = self.dataset.skeleton
        return {str(c): measured(c, truth, found, skeleton, self.registry) for c in calls}

    def _predict_part(self, samples: Sequence[Sample]) -> Predicted:
        """Look at this worker's part of the images, the first of which worker 0 draws."""
        rank, size = self.strategy.rank, self.strategy.size
        mine = part(len(samples), self.config.eval.vis_num, rank, size)
        found, silent = Predicted(), self.config.log.quiet or rank > 0
        bar = {"total": len(mine), "desc": "eval", "unit": "image", **bar_settings(silent)}
        paths = [samples[number].path for number in mine]
        as_annotated = partial(read_image, turn=False)
        with closing(iter(Stream(self.predictor, paths, read=as_annotated))) as stream:
            for number, seen in zip(mine, tqdm(stream, **bar), strict=True):
                if seen.unreadable is not None and self.config.data.strict:
                    raise seen.unreadable
                self._note(found, number, samples[number], seen)
        return found

    def _note(self, found: Predicted, number: int, sample: Sample, seen: Seen) -> None:
        found.humans[number] = [self._in_theirs(human) for human in seen.people]
        if seen.unreadable is not None:
            found.unreadable[number] = str(seen.unreadable)
            return
        if number < self.config.eval.vis_num:
            self.pictures.draw(sample.path, seen)
        if text := size_problem(seen.views[0].size, (sample.width, sample.height)):
            found.resized[number] = f"{sample.path} is {text}"

    def _in_theirs(self, human: Human) -> Human:
        """Return a person in the dataset's skeleton."""
        theirs = self.dataset.skeleton
        keypoints = convert(human.keypoints, human.skeleton, theirs, self.registry)
        return Human(keypoints, human.score, theirs)

    def _warn(self, found: Predicted, count: int) -> None:
        for problem in found.unreadable.values():
            self.messages.warn(f"{problem}; it counts as an image in which nobody was found")
        if found.unreadable:
            self.messages.warn(f"{len(found.unreadable)} of {count} images could not be read")
        if found.resized:
            self.messages.warn(
                f"{len(found.resized)} of {count} images have another size than annotated, so that "
                f"what is found there is compared with other places: "
                f"{next(iter(found.resized.values()))}"
            )

    def _warn_of_nobody(self, metrics: Mapping[str, float]) -> None:
        if metrics and not any(is_measured(value) for value in metrics.values()):
            self.messages.warn(
                f"nobody could be scored on in the split {self.config.data.eval_split!r}: is "
                f"anybody annotated in these images? Numbers of -1 mean that there was nobody"
            )

    def _load(self, model: Model) -> None:
        """Load the run's model, on worker 0 alone: the others' disks may not have it."""
        if self.strategy.rank == 0:
            load_model(self.run, model, self.config.eval.weights)
        self.strategy.broadcast(list(named_weights(model).values()))

    def samples(self) -> Sequence[Sample]:
        """Return the images that are looked at; DataError where there is none."""
        samples = samples_from(self.dataset, "eval_samples")
        if self.config.data.filter_eval:
            samples = filters.apply(samples, self.config.data, self.registry).samples
        samples = samples[: self.config.eval.limit]
        check_there(self.dataset, samples)
        if not samples:
            raise DataError("no image is left to evaluate on; check the split and the filters")
        return samples
