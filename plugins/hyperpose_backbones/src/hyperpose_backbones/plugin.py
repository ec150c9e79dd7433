"""The plugin `backbones`: feature extractors for every architecture."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core import BackboneSpec, hookimpl


@hookimpl
def hyperpose_register_backbones() -> Iterable[BackboneSpec]:
    """Return the backbones of this distribution."""
    yield BackboneSpec(
        name="MobilenetV1",
        target="hyperpose_backbones.mobilenet_v1:MobilenetV1",
        summary="MobileNet, depthwise separable convolutions (arXiv 1704.04861)",
        strides=(8, 32),
    )
    yield BackboneSpec(
        name="Vggtiny",
        target="hyperpose_backbones.vggtiny:Vggtiny",
        summary="the 2021 library's small VGG with batch normalisation",
        strides=(8, 32),
    )
