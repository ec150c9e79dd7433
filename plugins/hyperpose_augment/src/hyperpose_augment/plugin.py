"""The plugin: augmentations beyond those that every training has."""

from __future__ import annotations

from collections.abc import Iterator

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import AugmentationSpec


@hookimpl
def hyperpose_register_augmentations() -> Iterator[AugmentationSpec]:
    """Offer what hides, spoils and enlarges."""
    for name, module, summary in (
        ("cutout", "cutout", "hides `n` rectangles"),
        ("blur", "quality", "Gaussian blur of up to `sigma` pixels"),
        ("noise", "quality", "Gaussian noise of up to `sigma`"),
        ("jpeg", "quality", "JPEG of a quality from `lowest` to `highest`"),
        ("grey", "quality", "no colours"),
    ):
        target = f"hyperpose_augment.{module}:{name}"
        yield AugmentationSpec(name=name, target=target, summary=summary)
    yield AugmentationSpec(
        name="half-body",
        target="hyperpose_augment.half_body:half_body",
        summary="enlarges one person's upper or lower half",
        places=True,
    )
