"""What the components of each kind can do, as Protocols with shapes and units.

Conventions everywhere inside the program:

* images given to a model are float32 RGB in [0, 1], `[N, H, W, 3]`;
* maps are `channels_last`; with `data_format="channels_first"` the pipelines transpose what they
  give to the model (images and, in training, targets) and what they decode, and nothing else;
* the centre of the upper left pixel is (0, 0), in images of every size: the centre of a cell of a
  map at stride s lies at `s * cell + (s - 1) / 2` in pixels of the network's input;
* sizes are (width, height).
"""

from __future__ import annotations

from hyperpose_core.contracts.augmentation import (
    Augmentation,
    Augmentations,
    PlacedImage,
    Placement,
    PlacingAugmentation,
)
from hyperpose_core.contracts.data import (
    AddedData,
    AnnotationReader,
    AnnotationWriter,
    CombinationFactory,
    Dataset,
    DatasetFactory,
    Metric,
    Score,
    Scorer,
)
from hyperpose_core.contracts.families import (
    Postprocessor,
    PostprocessorFactory,
    Preprocessor,
    PreprocessorFactory,
    Visualizer,
)
from hyperpose_core.contracts.models import (
    Backbone,
    BackboneFactory,
    Model,
    ModelFactory,
    NamedChannels,
    PretrainedBackbone,
    UserModelFactory,
)
from hyperpose_core.contracts.shapes import Batch, Size, Tensors
from hyperpose_core.contracts.training import (
    Objective,
    ObjectiveFactory,
    Optimizer,
    OptimizerFactory,
    Schedule,
    Strategy,
    StrategyFactory,
    TrainerFactory,
    TrainPipeline,
)
from hyperpose_core.contracts.weights import ReadWeights, WeightImporter

__all__ = [
    "AddedData",
    "AnnotationReader",
    "AnnotationWriter",
    "Augmentation",
    "Augmentations",
    "Backbone",
    "BackboneFactory",
    "Batch",
    "CombinationFactory",
    "Dataset",
    "DatasetFactory",
    "Metric",
    "Model",
    "ModelFactory",
    "NamedChannels",
    "Objective",
    "ObjectiveFactory",
    "Optimizer",
    "OptimizerFactory",
    "PlacedImage",
    "Placement",
    "PlacingAugmentation",
    "Postprocessor",
    "PostprocessorFactory",
    "Preprocessor",
    "PreprocessorFactory",
    "PretrainedBackbone",
    "ReadWeights",
    "Schedule",
    "Score",
    "Scorer",
    "Size",
    "Strategy",
    "StrategyFactory",
    "Tensors",
    "TrainPipeline",
    "TrainerFactory",
    "UserModelFactory",
    "Visualizer",
    "WeightImporter",
]
