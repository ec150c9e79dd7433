"""Sources: `imagenet`, a file of keras.applications, a state dict of torchvision."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_backbones.pretrained.tables import Side, Table
from hyperpose_core.contracts import Backbone
from hyperpose_core.errors import CheckpointError
from hyperpose_core.layers import EPSILON
from hyperpose_weights.torch_files import read_tensors

Array = NDArray[Any]
Layer = Mapping[str, Array]
"""What there is of `kernel` `[h, w, I, O]`, `bias`, `gamma`, `beta`, `mean`, `variance`."""
IMAGENET = "imagenet"
KERAS_ENDINGS, TORCH_ENDINGS = (".h5", ".keras"), (".pth", ".pt")
KERAS_FILES = {
    "MobileNet": "mobilenet_1_0_224_tf_no_top.h5",
    "MobileNetV2": "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
    "VGG16": "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "VGG19": "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "ResNet50": "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
}
"""How keras.applications calls the files that it downloads, without the classifier."""
_KERAS_NORM = ("gamma", "beta", "mean", "variance")
_TORCH_NORM = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "mean",
    "running_var": "variance",
}


class Pretrained:
    """A `contracts.PretrainedBackbone` of one backbone.

    Origins are `imagenet` (the weights of keras.applications, which downloads, checks and caches
    them), a file of them (`.h5`), and a state dict of torchvision's network (`.pth`).
    """

    def __init__(self, table: Table) -> None:
        self.table = table

    def options(self, origin: str) -> Mapping[str, Any]:
        """Return with what our backbone is made to be their network; CheckpointError as `read`."""
        return self._side(origin)[0].options

    def read(self, origin: str, backbone: Backbone) -> dict[str, Array]:
        """Return the arrays of a backbone under its own names.

        Raises:
            CheckpointError: there is no such network, no file and no way to download one, or the
                file is not of this network.
        """
        side, is_keras = self._side(origin)
        layers = _from_keras(side, origin) if is_keras else _from_torch(side, Path(origin))
        arrays: dict[str, Array] = {}
        for place in side.places:
            layer = layers.get(place.theirs)
            if layer is None or "kernel" not in layer:
                raise CheckpointError(
                    f"{origin} has no layer {place.theirs}: weights of {side.name} are needed for "
                    f"the backbone {self.table.name}"
                )
            norm = layers.get(place.their_norm, {}) if place.their_norm else {}
            arrays |= _placed(side, place.ours, place.our_norm, layer, norm)
        return arrays

    def _side(self, origin: str) -> tuple[Side, bool]:
        """Return the network that an origin is of, and whether it is Keras's."""
        ending = Path(origin).suffix.lower()
        is_keras = origin.lower() == IMAGENET or ending in KERAS_ENDINGS
        if not is_keras and ending not in TORCH_ENDINGS:
            raise CheckpointError(
                f"weights of a backbone are '{IMAGENET}', or a file that ends in .npz (a run's), "
                f"{', '.join(KERAS_ENDINGS)} (keras.applications) or {', '.join(TORCH_ENDINGS)} "
                f"(torchvision); got {origin!r}"
            )
        side = self.table.keras if is_keras else self.table.torch
        if side is None:
            other = "a state dict of torchvision (.pth)" if is_keras else f"'{IMAGENET}'"
            raise CheckpointError(
                f"{'keras.applications' if is_keras else 'torchvision'} has no weights of "
                f"{self.table.name}: give {other}, or those of a run (.npz)"
            )
        return side, is_keras


def _placed(side: Side, ours: str, our_norm: str | None, layer: Layer, norm: Layer) -> Any:
    """Return the arrays of a convolution and its batch normalisation, under our names."""
    kernel, bias = layer["kernel"].astype(np.float32), layer.get("bias")
    if ours == side.first:
        kernel = kernel[:, :, ::-1] if side.bgr else kernel
        kernel = kernel / np.array(side.std, np.float32)[:, None]
    found = {f"{ours}/filters": kernel}
    if our_norm is None:
        found[f"{ours}/biases"] = np.zeros(kernel.shape[3], np.float32) if bias is None else bias
        return found
    # What is added before normalising is taken off the mean; ours adds another epsilon.
    mean = norm["mean"] if bias is None else norm["mean"] - bias
    found[f"{our_norm}/gamma"], found[f"{our_norm}/beta"] = norm["gamma"], norm["beta"]
    found[f"{our_norm}/moving_mean"] = mean
    found[f"{our_norm}/moving_var"] = norm["variance"] + np.float32(side.epsilon - EPSILON)
    return found


def _from_keras(side: Side, origin: str) -> dict[str, Layer]:
    import tensorflow as tf

    make = getattr(tf.keras.applications, side.name)
    weights = IMAGENET if origin.lower() == IMAGENET else origin
    try:
        there = weights == IMAGENET or Path(weights).is_file()
    except OSError as error:
        raise CheckpointError(f"cannot read the weights {weights}: {error.strerror}") from error
    if not there:
        raise CheckpointError(f"there is no weights file {weights}")
    try:
        network = make(weights=weights, include_top=False, input_shape=(224, 224, 3))
    except Exception as error:
        raise CheckpointError(_why_not(side, weights, error)) from error
    return keras_layers(network)


def keras_layers(network: Any) -> dict[str, Layer]:
    """Return the layers of a Keras model by name."""
    found: dict[str, Layer] = {}
    for layer in network.layers:
        arrays = layer.get_weights()
        if len(arrays) == 4:
            found[layer.name] = dict(zip(_KERAS_NORM, arrays, strict=True))
        elif arrays:
            found[layer.name] = dict(zip(("kernel", "bias"), arrays, strict=False))
    return found


def _why_not(side: Side, weights: str, error: Exception) -> str:
    reason = " ".join(str(error).split())
    if weights != IMAGENET:
        return f"{weights} is no file of the weights of {side.name} without its top: {reason:.200}"
    name = KERAS_FILES[side.name]
    return (
        f"the weights of {side.name} could not be downloaded ({reason:.120}): put {name}, which "
        f"keras.applications loads, into ~/.keras/models, or name it: --backbone-weights {name}"
    )


def _from_torch(side: Side, path: Path) -> dict[str, Layer]:
    layers: dict[str, dict[str, Array]] = {}
    norms = {place.their_norm for place in side.places}
    for name, array in read_tensors(path).items():
        layer, _, kind = name.rpartition(".")
        if layer in norms:
            if kind in _TORCH_NORM:
                layers.setdefault(layer, {})[_TORCH_NORM[kind]] = array
        elif kind == "weight" and array.ndim == 4:
            depthwise = array.shape[1] == 1
            kernel = array.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))
            layers.setdefault(layer, {})["kernel"] = kernel
        elif kind == "bias":
            layers.setdefault(layer, {})["bias"] = array
    return dict(layers)
