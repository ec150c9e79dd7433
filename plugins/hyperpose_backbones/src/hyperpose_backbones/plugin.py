"""The plugin `backbones`: feature extractors for every architecture."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core import BackboneSpec, hookimpl

BACKBONES = (
    ("MobilenetV1", "mobilenet_v1", "depthwise separable convolutions (arXiv 1704.04861)"),
    ("MobilenetV2", "mobilenet_v2", "inverted residuals (arXiv 1801.04381)"),
    ("Vggtiny", "vggtiny", "the 2021 library's small VGG with batch normalisation"),
    ("Vgg16", "vgg", "VGG, configuration D (arXiv 1409.1556)"),
    ("Vgg19", "vgg", "VGG, configuration E (arXiv 1409.1556)"),
    ("Resnet18", "resnet", "residual network of 18 layers (arXiv 1512.03385)"),
    ("Resnet50", "resnet", "residual network of 50 layers (arXiv 1512.03385)"),
)

STRIDES = {"Resnet18": (8, 16, 32), "Resnet50": (8, 16, 32)}
"""Of those that stop elsewhere too."""

PRETRAINED = {
    name: f"hyperpose_backbones.pretrained:{attribute}"
    for name, attribute in (
        *(("MobilenetV1", "mobilenet_v1"), ("MobilenetV2", "mobilenet_v2")),
        *(("Vgg16", "vgg16"), ("Vgg19", "vgg19")),
        *(("Resnet18", "resnet18"), ("Resnet50", "resnet50")),
    )
}


@hookimpl
def hyperpose_register_backbones() -> Iterable[BackboneSpec]:
    """Return the backbones of this distribution."""
    for name, module, summary in BACKBONES:
        yield BackboneSpec(
            name=name,
            target=f"hyperpose_backbones.{module}:{name}",
            summary=summary,
            strides=STRIDES.get(name, (8, 32)),
            pretrained=PRETRAINED.get(name),
        )
