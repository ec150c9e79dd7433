"""The hooks that a plugin may implement: the file that a plugin author reads first.

A plugin is a module or an object that an installed distribution names in its entry-point group
`hyperpose`::

    [project.entry-points.hyperpose]
    theirnet = "hyperpose_theirnet.plugin"

and that has some of the functions below, marked with `hookimpl`::

    from hyperpose_core import ModelSpec, hookimpl

    @hookimpl
    def hyperpose_register_models():
        yield ModelSpec(name="TheirNet", target="hyperpose_theirnet.model:build", family="openpose")

Every hook `hyperpose_register_...` takes no argument and returns an iterable of specs. Such a hook
only describes: importing the plugin must be quick, so TensorFlow and the like are imported by the
modules that the targets name.

The life-cycle hooks `hyperpose_on_train_...` are called while a model is trained, on worker 0 only.
Each takes one argument, `event`, a dataclass of `hyperpose_core.contracts.events`, and returns
nothing, but for `hyperpose_on_train_not_finite`, which is called on every worker and may explain. A
hook that raises is named in a warning, its plugin gets no more events of that training, and the
training goes on. `hyperpose_on_evaluation` and `hyperpose_on_inference` are such hooks, too; their
events are those of `hyperpose_core.contracts.uses`.

A plugin built for some versions of the core only says so in a variable
`hyperpose_core_requires = ">=2"`, or by what its distribution requires.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, get_args, get_type_hints

import pluggy

from hyperpose_core import specs

if TYPE_CHECKING:
    from hyperpose_core.contracts import events, uses

PROJECT = "hyperpose"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class HookSpecs:
    """The hooks of HyperPose."""

    @hookspec
    def hyperpose_register_models(self) -> Iterable[specs.ModelSpec]:
        """Return the architectures that this plugin brings."""

    @hookspec
    def hyperpose_register_backbones(self) -> Iterable[specs.BackboneSpec]:
        """Return the feature extractors that this plugin brings."""

    @hookspec
    def hyperpose_register_datasets(self) -> Iterable[specs.DatasetSpec]:
        """Return the datasets that this plugin brings."""

    @hookspec
    def hyperpose_register_filters(self) -> Iterable[specs.FilterSpec]:
        """Return the named dataset filters that this plugin brings."""

    @hookspec
    def hyperpose_register_keypoint_converters(self) -> Iterable[specs.ConverterSpec]:
        """Return the converters for keypoints that names alone cannot convert."""

    @hookspec
    def hyperpose_register_preprocessors(self) -> Iterable[specs.PreprocessorSpec]:
        """Return what makes targets from annotations, one a model family."""

    @hookspec
    def hyperpose_register_postprocessors(self) -> Iterable[specs.PostprocessorSpec]:
        """Return what makes humans from network output, one a model family."""

    @hookspec
    def hyperpose_register_visualizers(self) -> Iterable[specs.VisualizerSpec]:
        """Return what draws maps and humans, one a model family."""

    @hookspec
    def hyperpose_register_trainers(self) -> Iterable[specs.TrainerSpec]:
        """Return what trains a model on a dataset."""

    @hookspec
    def hyperpose_register_train_strategies(self) -> Iterable[specs.StrategySpec]:
        """Return the ways in which workers train one model together."""

    @hookspec
    def hyperpose_register_train_objectives(self) -> Iterable[specs.ObjectiveSpec]:
        """Return what adds a loss of its own to a training."""

    @hookspec
    def hyperpose_register_collective_engines(self) -> Iterable[specs.EngineSpec]:
        """Return what moves numbers between the workers of a parallel training."""

    @hookspec
    def hyperpose_register_weight_importers(self) -> Iterable[specs.WeightImporterSpec]:
        """Return what reads weights of other origins, one a file format."""

    @hookspec
    def hyperpose_register_skeletons(self) -> Iterable[specs.SkeletonSpec]:
        """Return the named skeletons that this plugin brings."""

    @hookspec
    def hyperpose_register_augmentations(self) -> Iterable[specs.AugmentationSpec]:
        """Return the random changes of training images that this plugin brings."""

    @hookspec
    def hyperpose_register_optimizers(self) -> Iterable[specs.OptimizerSpec]:
        """Return the optimizers that this plugin brings."""

    @hookspec
    def hyperpose_register_schedules(self) -> Iterable[specs.ScheduleSpec]:
        """Return the curves of the learning rate that this plugin brings."""

    @hookspec
    def hyperpose_register_metrics(self) -> Iterable[specs.MetricSpec]:
        """Return the numbers on predictions that this plugin brings."""

    @hookspec
    def hyperpose_register_annotation_formats(self) -> Iterable[specs.AnnotationFormatSpec]:
        """Return the file formats of annotations that this plugin reads or writes."""

    @hookspec
    def hyperpose_register_exporters(self) -> Iterable[specs.ExporterSpec]:
        """Return the formats for other runtimes in which this plugin writes trained models."""

    @hookspec
    def hyperpose_register_runtimes(self) -> Iterable[specs.RuntimeSpec]:
        """Return what runs exported models."""

    @hookspec
    def hyperpose_register_report_sections(self) -> Iterable[specs.ReportSectionSpec]:
        """Return the sections that this plugin adds to the report of a run."""

    @hookspec
    def hyperpose_register_commands(self) -> Iterable[specs.CommandSpec]:
        """Return the commands that this plugin adds to the command line."""

    @hookspec
    def hyperpose_on_train_start(self, event: events.StartEvent) -> None:
        """Everything is built, the first step comes next."""

    @hookspec
    def hyperpose_on_train_step(self, event: events.StepEvent) -> None:
        """A step is done."""

    @hookspec
    def hyperpose_on_train_log(self, event: events.LogEvent) -> None:
        """A line of the log is due: means over the last steps."""

    @hookspec
    def hyperpose_on_train_checkpoint(self, event: events.CheckpointEvent) -> None:
        """A checkpoint is written."""

    @hookspec
    def hyperpose_on_train_evaluate(self, event: events.EvaluateEvent) -> None:
        """The model was scored on the evaluation split."""

    @hookspec
    def hyperpose_on_train_not_finite(
        self, event: events.NotFiniteEvent
    ) -> events.Explanation | None:
        """A loss, a gradient or an annotation is not finite; called on every worker."""

    @hookspec
    def hyperpose_on_train_end(self, event: events.EndEvent) -> None:
        """The training is over, also when an error ended it."""

    @hookspec
    def hyperpose_on_evaluation(self, event: uses.EvaluationEvent) -> None:
        """A trained model was scored."""

    @hookspec
    def hyperpose_on_inference(self, event: uses.InferenceEvent) -> None:
        """People were looked for in an image."""


ON = f"{PROJECT}_on_"
ON_TRAIN = f"{ON}train_"
LIFE_CYCLE = tuple(name for name in vars(HookSpecs) if name.startswith(ON_TRAIN))
"""Hooks of a training."""
ON_USE = tuple(n for n in vars(HookSpecs) if n.startswith(ON) and n not in LIFE_CYCLE)
"""Hooks of evaluation and inference."""

HOOKS: dict[str, type[specs.Spec]] = {
    name: get_args(get_type_hints(hook)["return"])[0]
    for name, hook in vars(HookSpecs).items()
    if name.startswith(f"{PROJECT}_register_")
}
"""Hooks that register components, each with the specs that it returns."""
