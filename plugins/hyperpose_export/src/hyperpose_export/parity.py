"""Parity: whether an exported file gives the same maps and finds the same people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hyperpose_core.data.humans import Human
from hyperpose_core.errors import HyperposeError
from hyperpose_core.inference import Predictor
from hyperpose_export.pictures import Pictures, view_of, words

HALF_A_PIXEL = 0.5
NEAR = 0.1
"""How far two people's keypoints may lie apart on average, in parts of the person's size, to be
taken for the same one."""


class ParityError(HyperposeError):
    """An exported file does not do what the model does."""

    exit_code = 1


@dataclass(frozen=True)
class Limits:
    """What is taken for agreement.

    Args:
        maps: largest difference, in parts of the largest value of the model's map.
        people: least part of the people, of both, that are matched.
        keypoints: least part of the model's keypoints that lie within half a pixel.
    """

    maps: float
    people: float
    keypoints: float


LIMITS = {
    "float32": Limits(maps=1e-3, people=0.99, keypoints=0.99),
    "float16": Limits(maps=0.02, people=0.95, keypoints=0.95),
    "int8": Limits(maps=0.6, people=0.8, keypoints=0.2),
}
"""By precision; of int8, 8 bits a value, docs/export.md says what was measured."""


@dataclass
class Parity:
    """What came out of a comparison.

    Args:
        runtime: what ran the file.
        source: whose images.
        difference: name of an output to its largest difference.
        extent: name of an output to the largest value that the model gives.
        people: that the model finds, `found` that the file finds, `matched` of them.
        keypoints: of the matched people; `near`: those within half a pixel.
    """

    runtime: str
    source: str
    images: int = 0
    difference: dict[str, float] = field(default_factory=dict)
    extent: dict[str, float] = field(default_factory=dict)
    people: int = 0
    found: int = 0
    matched: int = 0
    keypoints: int = 0
    near: int = 0

    def add_maps(self, name: str, model: NDArray[Any], file: NDArray[Any]) -> None:
        """Count one output of the model and of the file."""
        finite = np.isfinite(model).all() and np.isfinite(file).all()
        same = model.shape == file.shape and finite
        difference = float(np.abs(model - file).max()) if same else float("inf")
        extent = float(np.abs(model).max()) if model.size else 0.0
        self.difference[name] = max(self.difference.get(name, 0.0), difference)
        self.extent[name] = max(self.extent.get(name, 0.0), extent)

    def add_people(self, model: Sequence[Human], file: Sequence[Human]) -> None:
        """Count the people that both found in one image."""
        self.people += len(model)
        self.found += len(file)
        for one, other in matches(model, file):
            self.matched += 1
            self.keypoints += int(one.found.sum())
            apart = np.hypot(*(one.keypoints - other.keypoints)[:, :2].T)
            self.near += int((one.found & other.found & (apart <= HALF_A_PIXEL)).sum())

    def problems(self, limits: Limits) -> Iterator[str]:
        """Yield what is beyond the limits."""
        for name, difference in self.difference.items():
            most = limits.maps * self.extent[name]
            if not difference <= most:
                yield f"{name} differs by {difference:.2g}, at most {most:.2g} would do"
        for what, part, whole, least in (
            ("people that the model finds", self.matched, self.people, limits.people),
            ("people that the file finds", self.matched, self.found, limits.people),
            ("keypoints within half a pixel", self.near, self.keypoints, limits.keypoints),
        ):
            if part < least * whole:
                yield f"{part} of {whole} {what} agree, at least {least:.0%} would do"

    def lines(self) -> Iterator[str]:
        """Yield what is said of the comparison."""
        yield f"compared with the model on {words(self.images, self.source)} by {self.runtime}:"
        for name, difference in self.difference.items():
            largest = self.extent[name]
            yield f"  {name}: largest difference {difference:.2g} of values to {largest:.2g}"
        yield (
            f"  people: {self.people} of the model, {self.found} of the file, "
            f"{self.matched} matched"
        )
        share = f" ({self.near / self.keypoints:.1%})" if self.keypoints else ""
        yield f"  keypoints within half a pixel: {self.near} of {self.keypoints}{share}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and names."""
        return asdict(self)


def compare(model: Predictor, file: Any, pictures: Pictures) -> Parity:
    """Run a model and a file of it on images, one by one, and two of half the size together.

    Args:
        model: in float32.
        file: an `ExportedPredictor`.
    """
    parity = Parity(runtime=file.network.runtime, source=pictures.source)
    find_peaks = getattr(model.family.postprocessor, "peaks_in_graph", None)
    names = list(file.network.document.maps)
    peaks = file.network.document.made_with.with_peaks

    def add(images: NDArray[np.float32]) -> tuple[list[Any], list[Any]]:
        maps, outputs = list(model.network(images)), file.network.outputs(images)
        expected: dict[str, Any] = dict(zip(names, maps, strict=True))
        if peaks and find_peaks is not None:
            more = {name: np.asarray(value) for name, value in find_peaks(maps).items()}
            # What is a peak may turn on the last bit: what is one for both is compared.
            for name, value in more.items():
                both = (value > 0) & (outputs[name] > 0)
                parity.add_maps(name, value * both, outputs[name] * both)
        for name, value in expected.items():
            parity.add_maps(name, value, outputs[name])
        return maps, [outputs[name] for name in names]

    for image in pictures.images:
        view = view_of(image, model.config, model.family.stride)
        ours, theirs = add(view.apply(image)[np.newaxis])
        people, found = (
            predictor.decode([one[0] for one in maps], view)
            for predictor, maps in ((model, ours), (file, theirs))
        )
        parity.images += 1
        parity.add_people(people, found)
    add(_two_of_another_size(pictures, model))
    return parity


def matches(model: Sequence[Human], file: Sequence[Human]) -> Iterator[tuple[Human, Human]]:
    """Yield pairs of people who are the same, the nearest first, each person once."""
    pairs = []
    for i, one in enumerate(model):
        size = max(*one.box[2:], 1.0)
        for j, other in enumerate(file):
            both = one.found & other.found
            if 2 * both.sum() >= one.found.sum() and both.any():
                apart = np.hypot(*(one.keypoints - other.keypoints)[both, :2].T).mean()
                pairs.append((float(apart) / size, i, j))
    left_i, left_j = set(range(len(model))), set(range(len(file)))
    for apart, i, j in sorted(pairs):
        if apart <= NEAR and i in left_i and j in left_j:
            left_i.discard(i)
            left_j.discard(j)
            yield model[i], file[j]


def _two_of_another_size(pictures: Pictures, model: Predictor) -> NDArray[np.float32]:
    """Return an image and its mirror image at about half the size of the network's input."""
    stride = model.family.stride
    width, height = (max(stride, side // 2 // stride * stride) for side in model.config.model.size)
    image = pictures.images[0]
    view = type(view_of(image, model.config, stride)).within(
        (image.shape[1], image.shape[0]), (width, height), stride, "box", False
    )
    one = view.apply(image)
    return np.stack([one, one[:, ::-1]])
