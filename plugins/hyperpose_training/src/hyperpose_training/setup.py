"""Setup: everything that a training needs, built before its first step."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import cast

from hyperpose_core.build import completed
from hyperpose_core.build.weights import assign_weights, load_weights, named_weights
from hyperpose_core.config import Config, to_dict
from hyperpose_core.contracts import Dataset, Model, Strategy
from hyperpose_core.contracts.events import StartEvent
from hyperpose_core.contracts.training import Replicas
from hyperpose_core.families import Family
from hyperpose_core.inference.forward import trace_forward
from hyperpose_core.registry import Registry
from hyperpose_core.runs import Run
from hyperpose_core.support.files import remove_leftovers
from hyperpose_core.support.messages import Messages
from hyperpose_training.feeding.batches import TrainBatches
from hyperpose_training.feeding.mixture import Mixture
from hyperpose_training.feeding.shard import Shard, from_record
from hyperpose_training.feeding.source import Source
from hyperpose_training.feeding.training_data import training_data
from hyperpose_training.guard import Guard
from hyperpose_training.keeping.checkpoint import (
    Progress,
    checkpoints,
    load_checkpoint,
    load_replicas,
)
from hyperpose_training.keeping.provenance import differences, origin
from hyperpose_training.optimizing.chosen import in_their_spelling
from hyperpose_training.optimizing.schedule import LearningRate
from hyperpose_training.scoring.selection import check_patience
from hyperpose_training.scoring.validation import Validation
from hyperpose_training.start.beginning import (
    begin_with,
    check_beginning,
    origin_of,
    unread_origin,
)
from hyperpose_training.start.chain import chain_problems
from hyperpose_training.start.samples import Images, check_classes, not_learned, poisoned
from hyperpose_training.start.together import AUXILIARY
from hyperpose_training.steps.exchange import first_on_worker_0
from hyperpose_training.steps.objectives import Objectives
from hyperpose_training.steps.step import TrainStep
from hyperpose_training.watching.clock import Meter
from hyperpose_training.watching.listeners import Listeners, PluginHooks
from hyperpose_training.watching.log import RunLog
from hyperpose_training.watching.pictures import Painter, TrainPictures
from hyperpose_training.watching.progress_bar import ProgressBar

TENSORBOARD = "tensorboard"
"""The plugin that honours the setting of its name."""
TRIAL_STEPS = 3
"""Steps of a dry run; there are batches for as many beyond those of the training."""
UNSCORED = "unscored"
"""What a checkpoint keeps that was written before the evaluation of its step."""


class Setup:
    """Builds a training; the arguments are those of `loop.Training`.

    Attributes:
        progress: where the training goes on, the same on all workers.
        validation: None where `train.eval_interval` is 0.
    """

    def __init__(
        self,
        model: Model,
        dataset: Dataset,
        config: Config,
        registry: Registry,
        strategy: Strategy,
        resume: bool | None = None,
    ) -> None:
        config = completed(config, registry)
        config = replace(config, train=in_their_spelling(config.train, registry))
        self.config, self.run = config, Run.of(config)
        self.registry, self.strategy = registry, strategy
        self.writes = strategy.rank == 0
        begun = origin_of(config, registry)
        weights = check_beginning(self.run, resume, begun.path if begun else None)
        check_patience(config.train)
        self.rate = LearningRate(config.train, registry)
        self.messages = Messages(config.log.quiet, silent=not self.writes)
        self.family = Family.of(config, registry)
        self.model, self.forward = model, trace_forward(model, config.model.data_format)
        vis_interval, steps = config.train.vis_interval, config.train.steps
        self.painter = Painter(self.family, self.forward, vis_interval, steps)
        self.plugins = PluginHooks(registry.records, self.messages)
        own = self.family.skeleton
        self.kept = first_on_worker_0(
            strategy, lambda: training_data(dataset, config.data, own, registry)
        )
        check_classes(self.kept.samples, self.family.preprocessor)
        objectives = Objectives.of(model, config, registry)
        self.kept = objectives.with_samples(self.kept, own)
        samples = self.kept.samples
        self._warn_of_keypoints(dataset)
        self._warn_of_augmentations()
        # Perfect maps of a person's own keypoints lack those that hold them together.
        if self.writes and not config.model.options.get(AUXILIARY):
            for text in chain_problems(self.family, samples, config.model.size):
                self.messages.warn(text)
        shares = self.kept.shares
        self.source = Source(samples, Mixture(shares) if shares else None)
        if weights and self.writes:
            arrays = load_weights(weights)
            assign_weights(named_weights(model), arrays, origin=f"the file {weights}")
        self.came_along: list[str] = []
        if begun and not weights and self.writes:
            self.came_along = begin_with(begun, model, config, registry, self.messages)
        # Moving averages begin with the weights that there are now.
        self.state = TrainStep(
            model, self.family.preprocessor, strategy, config, objectives, registry
        )
        self.progress = self._begin(resume, weights)
        images = Images(
            self.source,
            [sample.image_id for sample in samples],
            poisoned(samples, own),
            config.train.seed,
        )
        skipped = self.progress.kept.get("bad_batches", 0)
        self.guard = Guard(
            self.run, self.state, model, images, self.plugins, self.messages.warn, skipped
        )
        train = config.train
        self.validation = (
            Validation(model, dataset, config, registry, strategy, train.eval_images)
            if train.eval_interval
            else None
        )
        if self.validation and not self.validation.annotated:
            self.messages.warn(
                f"nobody is annotated in the {len(self.validation.samples)} evaluation images: no "
                f"loss is measured there, and no score but by a dataset that knows more"
            )
        self.batches = TrainBatches(
            self.source,
            self.family.preprocessor,
            self.family.skeleton,
            config,
            steps=max(0, train.steps - self.progress.step) + train.skip_bad_batches + TRIAL_STEPS,
            shard=self._shard(),
            registry=registry,
            warn=self.messages.warn,
        )

    @property
    def unscored(self) -> bool:
        """Whether the training goes on from a step whose evaluation did not come to its end."""
        return bool(self.progress.kept.get(UNSCORED)) and self.validation is not None

    def start_event(self) -> StartEvent:
        """Return what observers hear first."""
        return StartEvent(
            run=self.run.folder,
            step=self.progress.step,
            steps=self.config.train.steps,
            images=len(self.source),
            workers=self.strategy.size,
            settings=to_dict(self.config),
            unscored=self.unscored,
            model=self.model,
            forward=self.forward,
        )

    def _warn_of_keypoints(self, dataset: Dataset) -> None:
        """Warn of those that are not learned, and where mirroring may exchange left and right."""
        skeleton = self.family.skeleton
        mirrored = self.config.data.augment and self.config.data.flip > 0
        if mirrored and len(skeleton) > 1 and skeleton.flip == tuple(range(len(skeleton))):
            self.messages.warn(
                f"images are mirrored, and no keypoint of {skeleton.name} is known as the mirror "
                f"image of another: name them in flip_pairs of the skeleton, or set data.flip=0"
            )
        names = not_learned(self.kept.samples, skeleton, mirrored)
        own = getattr(self.family.preprocessor, "own_keypoints", ())
        if lacking := [name for name in names if name not in own]:
            self.messages.warn(
                f"no training image annotates the model's keypoints {', '.join(lacking)}: they "
                f"are not learned; the dataset has {', '.join(dataset.skeleton.keypoints)}"
            )

    def _warn_of_augmentations(self) -> None:
        data = self.config.data
        if not data.augment and (data.augmentations or data.augmentation):
            self.messages.warn("data.augment is off: no augmentation that data names is applied")

    def _shard(self) -> Shard:
        """Return where this worker goes on in the order of the images."""
        record = {**self.progress.kept, "position": self.progress.position}
        block = self.config.train.images_per_step
        return from_record(record, self.strategy.rank, self.strategy.size, block)

    def _begin(self, resume: bool | None, weights: Path | None) -> Progress:
        """Return where to begin, and give all workers the same weights."""
        made_with = origin(self.config, self.registry.records, self.kept.samples)
        progress = Progress(seed=self.config.train.seed, origin=made_with)
        if self.writes and checkpoints(self.run):
            progress = load_checkpoint(self.run, self.state, self.messages.warn)
            self.messages.say(f"resuming {self.run.name} at step {progress.step}")
            for difference in differences(progress.origin, made_with, self.rate):
                self.messages.warn(f"not as before: {difference}")
            if unread := unread_origin(self.config, self.run):
                self.messages.warn(unread)
            progress = replace(progress, origin=made_with)
        elif resume or weights:
            what = f" with {weights}" if weights else ""
            self.messages.say(f"{self.run.name} has no checkpoint yet: beginning at step 0{what}")
        self.strategy.broadcast(list(self.state.variables.values()))
        shared = self.strategy.gather(json.dumps(asdict(progress)).encode())[0]
        if self.strategy.replicas_differ:
            replicas = load_replicas(self.run, progress.step) if self.writes else {}
            cast(Replicas, self.strategy).spread(replicas, self.state.variables)
        return Progress(**json.loads(shared))


def listeners_of(built: Setup, meter: Meter) -> Listeners:
    """Return who is told of the steps of a training: nobody but on worker 0, which writes."""
    if not built.writes:
        return Listeners()
    config, run, step = built.config, built.run, built.progress.step
    # Only now: a run whose checkpoint does not fit keeps the configuration that fits it.
    records, log = built.registry.records, config.log
    run.save_config(config, {r.name: r.version for r in records})
    for folder in (run.folder, run.pictures("train")):
        remove_leftovers(folder)
    run_log = RunLog(run, step, built.batches.skipped, built.unscored)
    built.messages.copy_to(run_log.text)
    for line in built.came_along:
        run_log.text(line)
    if run_log.dropped:
        text = f"dropped {run_log.dropped} lines of {run.metrics}, of what came after step {step}"
        built.messages.say(text)
        run_log.text(text)
    for name, count in built.kept.dropped.items():
        run_log.text(f"filter {name} dropped {count} samples")
    if len(built.kept.counts) > 1:
        counts = built.kept.counts.items()
        run_log.text(", ".join(f"{count} images of {name}" for name, count in counts))
    if log.tensorboard and not any(record.name == TENSORBOARD for record in records):
        built.messages.say(
            f"log.tensorboard=true, and the plugin that writes its files is not there: "
            f"`pip install hyperpose-{TENSORBOARD}` brings it"
        )
    bar = ProgressBar(config.train.steps, step, meter, log.quiet)
    return Listeners([bar, run_log, TrainPictures(run, built.messages.warn)], built.plugins)
