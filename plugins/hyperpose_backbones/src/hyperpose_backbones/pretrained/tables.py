"""Tables: which layer of keras.applications and of torchvision is which layer of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hyperpose_backbones import mobilenet_v2, resnet, vgg

CAFFE_MEAN = (123.68 / 255, 116.779 / 255, 103.939 / 255)
"""Of red, green and blue over ImageNet, in parts of 1: what Caffe's models subtract."""
TORCH_MEAN, TORCH_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""What torchvision subtracts, and by what it divides."""


class Place(NamedTuple):
    """A convolution, and the batch normalisation after it, by the names of both sides."""

    theirs: str
    their_norm: str | None
    ours: str
    our_norm: str | None


@dataclass(frozen=True)
class Side:
    """One library's version of a backbone.

    Args:
        name: of the network there.
        places: all layers of the backbone at stride 32.
        options: what our backbone needs to be that network.
        first: our first convolution.
        mean: of red, green and blue, what is subtracted of images in [0, 1].
        std: by what they are divided after that; a single number for all.
        bgr: whether blue comes first.
        epsilon: what its batch normalisation adds to the variance.
    """

    name: str
    places: tuple[Place, ...]
    first: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    bgr: bool = False
    epsilon: float = 1e-5
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """The versions of a backbone that there are."""

    name: str
    keras: Side | None = None
    torch: Side | None = None


def _offset(mean: tuple[float, float, float]) -> tuple[float, ...]:
    """Return what is to be subtracted of ours, which is less by a half already."""
    return tuple(value - 0.5 for value in mean)


def _caffe(name: str, places: Iterator[Place], **more: Any) -> Side:
    """A network that was trained with Caffe's input: BGR of 0 to 255, less its mean."""
    options = {"offset": _offset(CAFFE_MEAN), **more.pop("options", {})}
    listed = tuple(places)
    std = (1 / 255,) * 3
    return Side(name, listed, listed[0].ours, CAFFE_MEAN, std, bgr=True, options=options, **more)


def _inception(name: str, places: Iterator[Place], **options: Any) -> Side:
    """A network that was trained on images of -1 to 1, padded as TensorFlow does."""
    listed, half = tuple(places), (0.5, 0.5, 0.5)
    options = {"same_padding": True, **options}
    return Side(name, listed, listed[0].ours, half, half, epsilon=1e-3, options=options)


def _torch(name: str, places: Iterator[Place]) -> Side:
    listed, options = tuple(places), {"offset": _offset(TORCH_MEAN)}
    return Side(name, listed, listed[0].ours, TORCH_MEAN, TORCH_STD, options=options)


def _vgg(depths: tuple[int, ...], name: Callable[[int, int, int], str]) -> Iterator[Place]:
    number = 0
    for scale, depth in enumerate(depths, 1):
        for i in range(depth):
            yield Place(name(scale, i, number), None, f"layers/{number}", None)
            number += 1
        number += 1  # the pooling


def _vgg_torch(depths: tuple[int, ...]) -> Iterator[Place]:
    # Theirs have a ReLU, a layer of its own, behind every convolution.
    scales = _vgg(depths, lambda scale, i, number: str(scale))
    for number, place in enumerate(scales):
        yield place._replace(theirs=f"features.{2 * number + int(place.theirs) - 1}")


def _mobilenet_v1() -> Iterator[Place]:
    yield Place("conv1", "conv1_bn", "blocks/0/0", "blocks/0/1")
    for i in range(1, 14):
        yield Place(f"conv_dw_{i}", f"conv_dw_{i}_bn", f"blocks/{i}/0", f"blocks/{i}/1")
        yield Place(f"conv_pw_{i}", f"conv_pw_{i}_bn", f"blocks/{i}/2/0", f"blocks/{i}/2/1")


def _residuals() -> Iterator[tuple[int, bool]]:
    """Yield the number of each inverted residual, and whether it expands."""
    number = 0
    for expansion, _, count, _ in mobilenet_v2.GROUPS:
        for _ in range(count):
            number += 1
            yield number, expansion > 1


def _mobilenet_v2_keras() -> Iterator[Place]:
    yield Place("Conv1", "bn_Conv1", "blocks/0/0", "blocks/0/1")
    for number, expands in _residuals():
        theirs = f"block_{number - 1}" if number > 1 else "expanded_conv"
        for kind in ("expand", "depthwise", "project")[0 if expands else 1 :]:
            ours = f"blocks/{number}/{kind}"
            yield Place(f"{theirs}_{kind}", f"{theirs}_{kind}_BN", f"{ours}/0", f"{ours}/1")


def _mobilenet_v2_torch() -> Iterator[Place]:
    yield Place("features.0.0", "features.0.1", "blocks/0/0", "blocks/0/1")
    for number, expands in _residuals():
        kinds = ("expand", "depthwise", "project")[0 if expands else 1 :]
        for place, kind in enumerate(kinds):
            front, ours = f"features.{number}.conv", f"blocks/{number}/{kind}"
            names = (f"{front}.{place}.0", f"{front}.{place}.1")
            if kind == "project":
                names = (f"{front}.{place}", f"{front}.{place + 1}")
            yield Place(*names, f"{ours}/0", f"{ours}/1")


def _resnet(depths: tuple[int, ...], convolutions: int, keras: bool) -> Iterator[Place]:
    stem = ("conv1_conv", "conv1_bn") if keras else ("conv1", "bn1")
    yield Place(*stem, "stem/0", "stem/1")
    block = 0
    for group, depth in enumerate(depths):
        for i in range(depth):
            ours = f"blocks/{block}"
            for j in range(convolutions):
                if keras:
                    theirs = f"conv{group + 2}_block{i + 1}_{j + 1}"
                    names = (f"{theirs}_conv", f"{theirs}_bn")
                else:
                    theirs = f"layer{group + 1}.{i}"
                    names = (f"{theirs}.conv{j + 1}", f"{theirs}.bn{j + 1}")
                yield Place(*names, f"{ours}/main/{j}/0", f"{ours}/main/{j}/1")
            if i == 0 and (group or convolutions == 3):
                shortcut = (
                    f"conv{group + 2}_block1_0" if keras else f"layer{group + 1}.0.downsample"
                )
                names = (f"{shortcut}_conv", f"{shortcut}_bn")
                names = names if keras else (f"{shortcut}.0", f"{shortcut}.1")
                yield Place(*names, f"{ours}/shortcut/0", f"{ours}/shortcut/1")
            block += 1


def _keras_vgg(scale: int, i: int, number: int) -> str:
    return f"block{scale}_conv{i + 1}"


_D, _E = vgg.DEPTHS["Vgg16"], vgg.DEPTHS["Vgg19"]
_18, _50 = resnet.DEPTHS["Resnet18"], resnet.DEPTHS["Resnet50"]
TABLES = {
    table.name: table
    for table in (
        Table("MobilenetV1", _inception("MobileNet", _mobilenet_v1(), relu6=True)),
        Table(
            "MobilenetV2",
            _inception("MobileNetV2", _mobilenet_v2_keras()),
            _torch("mobilenet_v2", _mobilenet_v2_torch()),
        ),
        Table("Vgg16", _caffe("VGG16", _vgg(_D, _keras_vgg)), _torch("vgg16", _vgg_torch(_D))),
        Table("Vgg19", _caffe("VGG19", _vgg(_E, _keras_vgg)), _torch("vgg19", _vgg_torch(_E))),
        Table("Resnet18", None, _torch("resnet18", _resnet(_18, 2, keras=False))),
        Table(
            "Resnet50",
            _caffe(
                "ResNet50",
                _resnet(_50, 3, keras=True),
                epsilon=1.001e-5,
                options={"stride_first": True},
            ),
            _torch("resnet50", _resnet(_50, 3, keras=False)),
        ),
    )
}
