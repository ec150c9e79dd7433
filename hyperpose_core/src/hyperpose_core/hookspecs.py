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

Every hook takes no argument and returns an iterable of specs. A hook only describes: importing the
plugin must be quick, so TensorFlow and the like are imported by the modules that the targets name.
A plugin built for some versions of the core only says so in a variable
`hyperpose_core_requires = ">=2"`, or by what its distribution requires.
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from hyperpose_core import specs

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
    def hyperpose_register_train_strategies(self) -> Iterable[specs.StrategySpec]:
        """Return the ways in which workers train one model together."""

    @hookspec
    def hyperpose_register_weight_importers(self) -> Iterable[specs.WeightImporterSpec]:
        """Return what reads weights of other origins, one a file format."""


HOOKS: dict[str, type[specs.Spec]] = {
    "hyperpose_register_models": specs.ModelSpec,
    "hyperpose_register_backbones": specs.BackboneSpec,
    "hyperpose_register_datasets": specs.DatasetSpec,
    "hyperpose_register_filters": specs.FilterSpec,
    "hyperpose_register_keypoint_converters": specs.ConverterSpec,
    "hyperpose_register_preprocessors": specs.PreprocessorSpec,
    "hyperpose_register_postprocessors": specs.PostprocessorSpec,
    "hyperpose_register_visualizers": specs.VisualizerSpec,
    "hyperpose_register_train_strategies": specs.StrategySpec,
    "hyperpose_register_weight_importers": specs.WeightImporterSpec,
}
