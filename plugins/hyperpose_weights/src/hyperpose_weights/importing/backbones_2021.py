"""The backbones of 2021: their arrays in the order in which that library wrote them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hyperpose_weights.importing.layout import Slot
from hyperpose_weights.importing.slots_2021 import Slots

RGB = (0.5, 0.5, 0.5)
VGG_OFFSET = (0.5 - 103.939 / 255, 0.5 - 116.779 / 255, 0.5 - 123.68 / 255)
"""The input of its VGG-19 is less by the means of blue, green and red, in this order, of RGB."""


def mobilenet_v1(slots: Slots, stride: int) -> Iterator[Slot]:
    """Yield block 1 to 10 or 14; at stride 32 it has its strides elsewhere from block 7 on."""
    yield from slots.conv("block_1_conv1", "backbone/blocks/0/0", fold="backbone/blocks/0/1")
    yield from slots.norm("block_1_bn1", "backbone/blocks/0/1")
    for number in range(2, 11 if stride == 8 else 15):
        ours = f"backbone/blocks/{number - 1}"
        used = stride == 8 or number < 7
        yield from slots.separable(f"block_{number}_", ours, bias=True, used=used)


def mobilenet_v2(slots: Slots, stride: int) -> Iterator[Slot]:
    """Yield block 1 to 5 or 8; at stride 32 it has its strides elsewhere from block 5 on."""
    yield from slots.conv("block1_conv1", "backbone/blocks/0/0", fold="backbone/blocks/0/1")
    yield from slots.norm("block1_bn1", "backbone/blocks/0/1")
    ours = "backbone/blocks/1"
    yield from slots.conv("block2_conv1", f"{ours}/depthwise/0", bias=False)
    yield from slots.norm("block2_bn1", f"{ours}/depthwise/1")
    yield from slots.conv("block2_dw1", f"{ours}/project/0", bias=False)
    yield from slots.norm("block2_bn2", f"{ours}/project/1")
    for number in range(2, 11 if stride == 8 else 18):
        theirs, ours = f"block{number + 1}_", f"backbone/blocks/{number}"
        used = stride == 8 or number < 7
        parts = (("conv1", "expand/0"), ("bn1", "expand/1"), ("dw1", "depthwise/0"))
        for name, place in (*parts, ("bn2", "depthwise/1"), ("conv2", "project/0")):
            if name.startswith("bn"):
                yield from slots.norm(theirs + name, f"{ours}/{place}", used=used)
            else:
                yield from slots.conv(theirs + name, f"{ours}/{place}", bias=False, used=used)


def vggtiny(slots: Slots, stride: int) -> Iterator[Slot]:
    """Yield convolutions with bias and batch normalisation; numbers skip the pools."""
    for number in (0, 1, 3, 4, 6, 7, 8, 10, 11, *(() if stride == 8 else (12, 13, 14))):
        ours = f"backbone/layers/{number}"
        yield from slots.conv(f"layer_{number}_conv1", f"{ours}/0", fold=f"{ours}/1")
        yield from slots.norm(f"layer_{number}_bn1", f"{ours}/1")


def vgg16(slots: Slots, stride: int) -> Iterator[Slot]:
    """Yield the convolutions; at stride 8 it has one more, conv4_3."""
    yield from _vgg(slots, (2, 2, 3, 2) if stride == 8 else (2, 2, 3, 3, 3))
    if stride == 8:
        yield from slots.foreign_conv(
            "conv4_3", (3, 3, *2 * slots.shapes["backbone/layers/11/biases"])
        )


def vgg19(slots: Slots, stride: int) -> Iterator[Slot]:
    """Yield the convolutions."""
    yield from _vgg(slots, (2, 2, 4, 2) if stride == 8 else (2, 2, 4, 4, 4))


def _vgg(slots: Slots, depths: tuple[int, ...]) -> Iterator[Slot]:
    number = 0
    for scale, depth in enumerate(depths, 1):
        for i in range(1, depth + 1):
            yield from slots.conv(f"conv{scale}_{i}", f"backbone/layers/{number}")
            number += 1
        number += 1


def resnet18(slots: Slots, stride: int, shortcut: int = 1) -> Iterator[Slot]:
    """Yield stem and seven blocks: the last group lacks its second.

    Args:
        shortcut: kernel size of the convolutions beside the blocks.
    """
    yield from slots.norm("bn_1_1", "backbone/stem/1")
    yield from slots.conv("conv_1_1", "backbone/stem/0", bias=False)
    for number in range(7):
        theirs, ours = f"block_{number // 2 + 2}_{number % 2 + 1}_", f"backbone/blocks/{number}"
        if number in (2, 4, 6):
            shape = slots.shapes[f"{ours}/shortcut/0/filters"]
            if shortcut == 1:
                yield from slots.conv(f"{theirs}shortcut", f"{ours}/shortcut/0", bias=False)
                yield from slots.norm(f"{theirs}shortcut_bn", f"{ours}/shortcut/1")
            else:
                wide = (shortcut, shortcut, *shape[2:])
                yield from slots.foreign_conv(f"{theirs}shortcut", wide, bias=False)
                yield from slots.foreign_norm(f"{theirs}shortcut_bn", shape[3])
        yield from slots.pairs(theirs, f"{ours}/main", 2)


def resnet18_wide(slots: Slots, stride: int) -> Iterator[Slot]:
    """Yield those of version 2.2.0, whose shortcuts are 3x3 convolutions."""
    return resnet18(slots, stride, shortcut=3)


def resnet50(slots: Slots, stride: int) -> Iterator[Slot]:
    """Yield the blocks, shortcuts first, and then the stem."""
    number = 0
    for group, depth in enumerate((3, 4, 6, 3), 1):
        for i in range(1, depth + 1):
            theirs, ours = f"block_{group}_{i}_", f"backbone/blocks/{number}"
            if i == 1:
                yield from slots.conv(f"{theirs}ds_conv1", f"{ours}/shortcut/0", bias=False)
                yield from slots.norm(f"{theirs}ds_bn1", f"{ours}/shortcut/1")
            yield from slots.pairs(theirs, f"{ours}/main", 3)
            number += 1
    yield from slots.norm("bn1", "backbone/stem/1")
    yield from slots.conv("conv1", "backbone/stem/0", bias=False)


def dilated_mobilenet(slots: Slots, stride: int) -> Iterator[Slot]:
    """Yield the twelve blocks of LightweightOpenpose's own backbone."""
    yield from slots.conv("main_block_0_conv", "backbone/blocks/0/0", fold="backbone/blocks/0/1")
    yield from slots.norm("main_block_0_bn", "backbone/blocks/0/1")
    for number in range(1, 12):
        yield from slots.separable(f"main_block_{number}_", f"backbone/blocks/{number}")


def mobilenet_thin(slots: Slots, stride: int) -> Iterator[Slot]:
    """Yield MobilenetThinOpenpose's own backbone, by the alphabet.

    Its first block has another ReLU before the batch normalisation, so that its bias has no place.
    """
    places = [f"backbone/{depth}/{i}" for depth in ("low", "middle", "high") for i in range(4)]
    first, first_norm = f"{places[0]}/0", f"{places[0]}/1"
    yield from slots.conv("convblock_0_conv", first, bias=False)
    yield Slot("convblock_0_conv/biases", slots.shapes[f"{first_norm}/gamma"])
    yield from slots.norm("convblock_0_bn", first_norm)
    for number in sorted(range(1, 12), key=str):
        yield from slots.separable(f"convblock_{number}_", places[number])


BACKBONES: dict[str, dict[str, Callable[[Slots, int], Iterator[Slot]]]] = {
    "DilatedMobilenet": {"": dilated_mobilenet},
    "MobilenetThinBackbone": {"": mobilenet_thin},
    "MobilenetV1": {"": mobilenet_v1},
    "MobilenetV2": {"": mobilenet_v2},
    "Vggtiny": {"": vggtiny},
    "Vgg16": {"": vgg16},
    "Vgg19": {"": vgg19},
    "Resnet18": {"": resnet18, " (2.2.0)": resnet18_wide},
    "Resnet50": {"": resnet50},
}
FIRST = {
    "MobilenetThinBackbone": ("backbone/low/0/0", RGB),
    "Vggtiny": ("backbone/layers/0/0", RGB),
    "Vgg16": ("backbone/layers/0", RGB),
    "Vgg19": ("backbone/layers/0", VGG_OFFSET),
    "Resnet18": ("backbone/stem/0", RGB),
    "Resnet50": ("backbone/stem/0", RGB),
}
"""The first convolution, and how much its input is less here than there."""
TWICE = (mobilenet_v1, vggtiny, vgg16, vgg19)
"""They keep a list of their layers too, so that lists of arrays have them twice."""
