"""Slots of 2021: the arrays of a layer, in the order in which TensorLayer writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hyperpose_weights.importing.layout import Shape, Slot

NORM = ("beta", "gamma", "moving_mean", "moving_var")


class Slots:
    """Makes the slots of layers; `theirs` names a layer in messages, `ours` in the model.

    Args:
        shapes: of the model's weights, by name.
    """

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.shapes = shapes

    @property
    def maps(self) -> tuple[int, int]:
        """The number of confidence maps and of the channels of affinity fields; 0 without."""
        ends = ([s for n, s in self.shapes.items() if n.startswith(f"stage1/{b}/")] for b in MAPS)
        confs, pafs = (shapes[-1][0] if shapes else 0 for shapes in ends)
        return confs, pafs

    def shape(self, ours: str) -> Shape:
        """Return the shape of an array, also of a stage that the model does not have.

        Raises:
            LookupError: the model has nothing like it.
        """
        return self.shapes.get(ours) or self.shapes[re.sub(r"^stage\d+/", "stage2/", ours)]

    def _slot(self, theirs: str, ours: str, used: bool) -> Slot:
        place = ours if used and ours in self.shapes else None
        return Slot(theirs, self.shape(ours), place)

    def conv(
        self,
        theirs: str,
        ours: str,
        *,
        bias: bool = True,
        fold: str | None = None,
        used: bool = True,
    ) -> Iterator[Slot]:
        """Yield a convolution.

        Args:
            bias: it has one.
            fold: the batch normalisation that takes over the bias, where ours has none.
            used: False for one that does something else in the model.
        """
        yield self._slot(f"{theirs}/filters", f"{ours}/filters", used)
        if bias and fold is None:
            yield self._slot(f"{theirs}/biases", f"{ours}/biases", used)
        elif bias:
            mean = f"{fold}/moving_mean"
            has = used and mean in self.shapes
            yield Slot(f"{theirs}/biases", self.shape(mean), None, mean if has else None)

    def norm(self, theirs: str, ours: str, *, used: bool = True) -> Iterator[Slot]:
        """Yield a batch normalisation."""
        for kind in NORM:
            yield self._slot(f"{theirs}/{kind}", f"{ours}/{kind}", used)

    def convs(self, theirs: str, ours: str, count: int) -> Iterator[Slot]:
        """Yield several convolutions with a bias."""
        for i in range(count):
            yield from self.conv(f"{theirs}/{i}", f"{ours}/{i}")

    def pairs(self, theirs: str, ours: str, count: int) -> Iterator[Slot]:
        """Yield several convolutions without a bias, each with its batch normalisation."""
        for i in range(count):
            yield from self.conv(f"{theirs}conv{i + 1}", f"{ours}/{i}/0", bias=False)
            yield from self.norm(f"{theirs}bn{i + 1}", f"{ours}/{i}/1")

    def separable(
        self, theirs: str, ours: str, *, bias: bool = False, used: bool = True
    ) -> Iterator[Slot]:
        """Yield a depthwise and a pointwise convolution, each with its batch normalisation."""
        for i, (conv, norm) in enumerate((("0", "1"), ("2/0", "2/1")), 1):
            place = f"{ours}/{norm}"
            yield from self.conv(
                f"{theirs}dw{i}", f"{ours}/{conv}", bias=bias, fold=place, used=used
            )
            yield from self.norm(f"{theirs}bn{i}", place, used=used)

    def foreign_conv(self, theirs: str, shape: Shape, bias: bool = True) -> Iterator[Slot]:
        """Yield a convolution that has no place in the model."""
        yield Slot(f"{theirs}/filters", shape)
        if bias:
            yield Slot(f"{theirs}/biases", shape[3:])

    def foreign_norm(self, theirs: str, channels: int) -> Iterator[Slot]:
        """Yield a batch normalisation that has no place in the model."""
        for kind in NORM:
            yield Slot(f"{theirs}/{kind}", (channels,))


MAPS = ("conf", "paf")
