"""Measuring one model: parameters, multiply-adds, the time of each part, memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hyperpose_core.build import completed, get_model
from hyperpose_core.build.skeleton import model_spec
from hyperpose_core.config import Config
from hyperpose_core.contracts import Model
from hyperpose_core.data.drawing import Picture
from hyperpose_core.errors import HyperposeError, InputError
from hyperpose_core.inference import Predictor
from hyperpose_core.registry import Registry
from hyperpose_export.pictures import drawn
from hyperpose_profile.clock import WARM_UP, Clock
from hyperpose_profile.profiling.layer_times import HOW, timed
from hyperpose_profile.profiling.layers import Traced
from hyperpose_profile.profiling.memory import file_size, peak_activations, process_memory
from hyperpose_profile.profiling.profile import Profile
from hyperpose_profile.subjects import Subject


@dataclass(frozen=True)
class Wanted:
    """How to measure.

    Args:
        image: a file; None: an image of drawn people.
        batch: how many images the network is given at a time.
        repeat: how many rounds are timed.
        layers: whether each layer is looked at, too.
    """

    image: Path | None = None
    batch: int = 1
    repeat: int = 20
    layers: bool = False


def profile(subject: Subject, config: Config, wanted: Wanted, registry: Registry) -> Profile:
    """Measure a run, an exported file, or an architecture with its first weights.

    Raises:
        InputError and its like: it cannot be loaded, or the image cannot be read.
    """
    predictor, model = subject.predictor(config, registry)
    config = predictor.config
    if wanted.image is None:
        [image] = drawn(config, registry, 1).images
    else:
        image = predictor.read(wanted.image)
    clock, people = _rounds(predictor, image, wanted)
    protocol = getattr(predictor.network, "protocol", {})
    found = Profile(
        subject=subject.name,
        origin=subject.origin,
        model=config.model.type,
        backbone=config.model.backbone or model_spec(config.model.type, registry).default_backbone,
        runtime=protocol.get("runtime", "tensorflow"),
        precision=protocol.get("precision", config.eval.precision),
        input_size=predictor.views(image)[0].padded,
        views=len(config.eval.scales) * (1 + config.eval.flip),
        batch=wanted.batch,
        repeat=wanted.repeat,
        image=str(wanted.image or "drawn people"),
        people=people,
        first=clock.rounds[0]["network"],
        times=clock.spreads(WARM_UP),
        file_size=None if subject.file is None else file_size(subject.file),
        process=process_memory(),
    )
    try:
        _count(found, model, config, wanted, registry)
    except HyperposeError as error:
        found.uncounted = str(error)
    return found


def _rounds(predictor: Predictor, image: Picture, wanted: Wanted) -> tuple[Clock, int]:
    """Time all parts, one after the other, again and again; return also how many people are found.

    The rounds to warm up are the clock's first.
    """
    clock, people = Clock(), 0
    for _ in range(WARM_UP + wanted.repeat):
        clock.begin()
        if (file := wanted.image) is not None:
            image = clock("reading", lambda: predictor.read(file))
        view, pixels = clock("preprocessing", lambda: _prepared(image, predictor))  # noqa: B023
        images = np.repeat(pixels[np.newaxis], wanted.batch, 0)
        maps = clock("network", lambda: predictor.network(images))  # noqa: B023
        one = [array[0] for array in maps]
        people = len(clock("decoding", lambda: predictor.decode(one, view)))  # noqa: B023
    return clock, people


def _prepared(image: Picture, predictor: Predictor) -> Any:
    view = predictor.views(image)[0]
    return view, view.apply(image)


def _count(
    found: Profile, model: Model | None, config: Config, wanted: Wanted, registry: Registry
) -> None:
    """Count what the architecture says; of an exported file that from which it was made."""
    own = model
    config = completed(config, registry)
    config.model.input_size = found.input_size
    if model is None:
        model = get_model(config, registry, pretrained=False)
    traced = Traced(model, config)
    layers = traced.layers()
    found.parameters = sum(layer.parameters for layer in layers)
    found.multiply_adds = traced.forward.multiply_adds
    found.activations = found.batch * peak_activations(traced.forward.graph)
    if not wanted.layers:
        return
    found.layers, found.layer_times = layers, HOW
    if own is None:
        found.layer_times = f"not measured: {found.runtime} tells none of an exported file"
        return
    try:
        found.layers = timed(traced, layers, wanted.repeat)
    except InputError as error:
        found.layer_times = f"not measured: {error}"
