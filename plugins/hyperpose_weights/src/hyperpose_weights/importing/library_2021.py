"""The layouts of 2021: in which order that library wrote the arrays of its models.

TensorLayer goes through the attributes of a model by the alphabet, so that block 10 comes before
block 2 and the end of a stage before its beginning. A backbone that keeps a list of its layers is
written twice in lists, once in dictionaries. What follows was read off the sources of version 2.2.0
and, for ResNet-18, of the repository's last state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hyperpose_core.build.weights import named_weights
from hyperpose_core.contracts import Model
from hyperpose_weights.importing.backbones_2021 import BACKBONES, FIRST, RGB, TWICE
from hyperpose_weights.importing.layout import Layout, Slot
from hyperpose_weights.importing.slots_2021 import Slots


def layouts_of_2021(model: Model, once: bool) -> list[Layout]:
    """Return the layouts in which the library of 2021 could have written this model.

    Args:
        once: arrays that it writes twice are there once, as in dictionaries.

    Returns:
        none for an architecture or a backbone that it did not have.
    """
    weights = named_weights(model)
    backbone = getattr(model, "backbone", None)
    head, kind = HEADS.get(type(model).__name__), type(backbone).__name__
    slots = Slots({name: tuple(variable.shape) for name, variable in weights.items()})
    found = []
    for name, write in BACKBONES.get(kind, {}).items():
        body = Body(write, slots, getattr(backbone, "stride", 8), 1 if once else 2)
        try:
            order = list(head(slots, body)) if head else []
        except LookupError:
            continue  # of another depth than that library's
        if order:
            found.append(_layout(model, kind, name, order, slots))
    return found


class Body:
    """Writes the slots of a backbone.

    Args:
        copies: how often a backbone is written that keeps a list of its layers.
    """

    def __init__(self, write: Any, slots: Slots, stride: int, copies: int) -> None:
        self.write, self.slots, self.stride, self.copies = write, slots, stride, copies

    def __call__(self) -> Iterator[Slot]:
        """Yield the slots, all of them again for every copy."""
        for _ in range(self.copies if self.write in TWICE else 1):
            yield from self.write(self.slots, self.stride)


def _layout(model: Model, kind: str, variant: str, order: list[Slot], slots: Slots) -> Layout:
    name = f"{type(model).__name__} on {kind} of the 2021 library{variant}"
    first, offset = FIRST.get(kind, ("backbone/blocks/0/0", RGB))
    confs, pafs = slots.maps
    seen = next(
        (s[2] for n, s in slots.shapes.items() if n.startswith("stage2/") and len(s) == 4), 0
    )
    neutral = {}
    if kind == "MobilenetV2":
        norms = (n.removesuffix("/gamma") for n in slots.shapes if n.endswith("/project/1/gamma"))
        neutral = {n: slots.shapes[f"{n}/gamma"][0] for n in norms if "blocks/1/" not in n}
    settings = {"model.padding": "same"}
    return Layout(name, order, neutral, first, offset, (seen, confs, pafs), settings)


def lightweight(slots: Slots, body: Callable[[], Iterator[Slot]]) -> Iterator[Slot]:
    """Yield LightweightOpenpose.

    It has other convolutions in the neck, none that is dilated in the last stage, and wider outputs
    there.
    """
    yield from body()
    (width, wide), (confs, pafs) = slots.shapes["stage1/conf/0/filters"][2:], slots.maps
    yield from slots.conv("cpm_stage/end_layer", "neck/last")
    yield from slots.conv("cpm_stage/init_layer", "neck/align")
    for i in range(3):
        yield from slots.foreign_conv(f"cpm_stage/main_block/{i}", (3, 3, width, width))
        yield from slots.foreign_norm(f"cpm_stage/main_block/{i}_bn", width)
    yield from slots.convs("init_stage/conf_block", "stage1/conf", 2)
    yield from slots.convs("init_stage/main_block", "stage1/trunk", 3)
    yield from slots.convs("init_stage/paf_block", "stage1/paf", 2)
    for block in range(5):
        theirs, ours = f"refine_stage1/block_{block + 1}", f"stage2/trunk/{block}"
        yield from slots.conv(f"{theirs}/init_layer", f"{ours}/squeeze")
        for i in range(2):
            name, place, used = f"{theirs}/main_block/{i}", f"{ours}/trunk/{i}", i == 0
            yield from slots.conv(name, f"{place}/0", fold=f"{place}/1", used=used)
            yield from slots.norm(f"{name}_bn", f"{place}/1", used=used)
    for branch, outputs in (("conf", confs), ("paf", pafs)):
        theirs = f"refine_stage1/{branch}_block"
        yield from slots.foreign_conv(f"{theirs}/0", (1, 1, width, wide))
        yield from slots.foreign_conv(f"{theirs}/1", (1, 1, wide, outputs))


def openpose(slots: Slots, body: Callable[[], Iterator[Slot]]) -> Iterator[Slot]:
    """Yield Openpose: a PReLU after every convolution of the stages."""
    yield from body()
    yield from slots.convs("cpm_stage", "neck", 2)
    for stage in range(1, 7):
        theirs = "init_stage" if stage == 1 else f"refinement_stage_{stage - 1}"
        for branch in ("conf", "paf"):
            for i in range(5 if stage == 1 else 7):
                name, ours = f"{theirs}/{branch}_block/{i}", f"stage{stage}/{branch}/{i}"
                yield from slots.conv(name, ours)
                yield Slot(f"{name}_prelu/alpha", slots.shape(f"{ours}/biases"))


def mobilenet_thin_openpose(slots: Slots, body: Callable[[], Iterator[Slot]]) -> Iterator[Slot]:
    """Yield MobilenetThinOpenpose: depthwise 1x1 and batch normalisation in the last two layers."""
    yield from body()
    for stage in range(1, 7):
        theirs = "init_stage" if stage == 1 else f"refinement_stage_{stage - 1}"
        for branch in ("conf", "paf"):
            name, ours = f"{theirs}/{branch}_block", f"stage{stage}/{branch}"
            for i in range(3):
                yield from slots.separable(f"{name}/{i}_", f"{ours}/{i}")
            for i, place in ((3, f"{ours}/3/0"), (4, f"{ours}/4")):
                inputs, outputs = slots.shape(f"{place}/filters")[2:]
                yield from slots.foreign_conv(f"{name}/{i}_dw", (1, 1, inputs, 1), bias=False)
                yield from slots.foreign_norm(f"{name}/{i}_bn1", inputs)
                yield from slots.conv(f"{name}/{i}_conv", place, bias=False)
                if i == 3:
                    yield from slots.norm(f"{name}/{i}_bn2", f"{ours}/3/1")
                else:
                    yield from slots.foreign_norm(f"{name}/{i}_bn2", outputs)


def poseproposal(slots: Slots, body: Callable[[], Iterator[Slot]]) -> Iterator[Slot]:
    """Yield Poseproposal; the channels of its last layer mean something else than ours."""
    for i in range(2):
        name = f"add_block_{i + 1}"
        yield from slots.conv(f"{name}_conv_1", f"head/{i}/0", fold=f"head/{i}/1")
        yield from slots.norm(f"{name}_bn_1", f"head/{i}/1")
    yield from slots.foreign_conv("add_block_3_conv_1", slots.shapes["head/2/filters"])
    yield from body()


HEADS: dict[str, Callable[[Slots, Callable[[], Iterator[Slot]]], Iterator[Slot]]] = {
    "LightweightOpenpose": lightweight,
    "Openpose": openpose,
    "MobilenetThinOpenpose": mobilenet_thin_openpose,
    "Poseproposal": poseproposal,
}
