"""Many images through a predictor: order, batches, errors in their place, threads that end."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hyperpose_core.config import Config
from hyperpose_core.data.humans import Human
from hyperpose_core.errors import DataError, InputError
from hyperpose_core.families import Family
from hyperpose_core.inference import Predictor
from hyperpose_core.inference.stream import BATCHES, Stream
from hyperpose_core.skeletons import Skeleton

SPOT = Skeleton("spot", ("middle",))
STRIDE = 8
WIDE, HIGH = (64, 32), (32, 64)


class Network:
    """Averages blocks of pixels, and remembers what it was given."""

    def __init__(self, wait: Callable[[], object] = lambda: None) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self.wait = wait

    def __call__(self, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        self.shapes.append(images.shape)
        self.wait()
        n, height, width, _ = images.shape
        blocks = images.reshape(n, height // STRIDE, STRIDE, width // STRIDE, STRIDE, 3)
        return [blocks.mean((2, 4))]


class Brightest:
    """A person at the brightest cell, as sure as it is bright."""

    def __call__(self, outputs: Any) -> list[Human]:
        [maps] = outputs
        bright = maps.mean(-1)
        y, x = np.unravel_index(bright.argmax(), bright.shape)
        half = (STRIDE - 1) / 2
        point = [[x * STRIDE + half, y * STRIDE + half, bright.max()]]
        return [Human(np.array(point, np.float32), float(bright.max()), SPOT)]

    def mirror(self, outputs: Any) -> Any:
        return outputs


def predictor(network: Network | None = None, **eval_settings: Any) -> Predictor:
    nothing: Any = None
    family = Family("spots", SPOT, STRIDE, nothing, Brightest(), nothing)
    config = Config()
    config.model.input_size = (64, 64)
    for name, value in eval_settings.items():
        setattr(config.eval, name, value)
    return Predictor(network or Network(), family, config)


def picture(seed: int, size: tuple[int, int] = WIDE) -> NDArray[np.uint8]:
    width, height = size
    drawn = np.random.default_rng(seed).integers(0, 255, (height, width, 3))
    return drawn.astype(np.uint8)


def same(one: list[Human], other: list[Human]) -> bool:
    pairs = zip(one, other, strict=True)
    return all(a.score == b.score and (a.keypoints == b.keypoints).all() for a, b in pairs)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from([WIDE, HIGH, (50, 50), (33, 64)]), max_size=40),
    st.sampled_from([1, 2, 3, 8]),
    st.sampled_from(["box", "height"]),
    st.booleans(),
)
def test_people_are_as_one_by_one_and_in_order(sizes, batch_size, fit, flip):
    images = [picture(seed, size) for seed, size in enumerate(sizes)]
    find = predictor(fit=fit, flip=flip, scales=[1.0, 0.5] if flip else [1.0])
    found = list(find.each(iter(images), batch_size))
    assert len(found) == len(images)
    assert all(same(people, find(image)) for people, image in zip(found, images, strict=True))


def test_a_list_gives_a_list_and_an_iterator_a_generator():
    find, images = predictor(), [picture(seed) for seed in range(3)]
    lists = find(images)
    assert isinstance(lists, list)
    assert [len(people) for people in find(tuple(images))] == [1, 1, 1]
    lazy = find(iter(images))
    assert isinstance(lazy, Iterator)
    assert not isinstance(lazy, list)
    assert all(map(same, lazy, lists))
    assert find([]) == []


def test_a_generator_is_not_touched_before_the_first_answer_is_wanted():
    asked = []
    lazy = predictor()(asked.append(n) or picture(n) for n in range(2))
    time.sleep(0.05)
    assert asked == []
    assert len(list(lazy)) == 2


def test_one_size_is_seen_in_whole_batches():
    network = Network()
    list(predictor(network, batch_size=4).each(picture(seed) for seed in range(10)))
    assert [shape[0] for shape in network.shapes] == [4, 4, 2]


def test_sizes_in_turn_share_batches_and_batches_do_not_depend_on_the_clock():
    sizes = [WIDE, HIGH, WIDE, (50, 50), HIGH] * 6
    images = [picture(seed, size) for seed, size in enumerate(sizes)]
    seen = []
    for pause in (0.0, 0.003):

        def slowly(pause: float = pause) -> Iterator[NDArray[np.uint8]]:
            for image in images:
                time.sleep(pause)
                yield image

        network = Network()
        list(predictor(network, batch_size=4, fit="height").each(slowly()))
        assert all(shape[0] <= 4 for shape in network.shapes)
        seen.append(network.shapes)
    assert seen[0] == seen[1]
    # Three sizes: two of them 12 times, one 6 times; in fours that is 3, 3 and 2 batches.
    assert len(seen[0]) == 8


def test_a_size_that_comes_once_does_not_wait_for_its_like():
    asked: list[int] = []

    def images() -> Iterator[NDArray[np.uint8]]:
        for number in range(1000):
            asked.append(number)
            yield picture(number, HIGH if number == 0 else WIDE)

    found = predictor(batch_size=4, fit="height").each(images())
    next(found)
    assert len(asked) <= BATCHES * 4 + 1
    found.close()


@pytest.mark.parametrize("batch_size", [2, 5])
def test_images_in_the_making_are_bounded(batch_size):
    asked: list[int] = []
    images = (asked.append(n) or picture(n) for n in range(200))
    for number, _ in enumerate(predictor().each(images, batch_size)):
        assert len(asked) <= number + 1 + BATCHES * batch_size


def test_a_camera_is_answered_before_its_next_image_but_one():
    answered, ahead = 0, []

    def camera() -> Iterator[NDArray[np.uint8]]:
        for number in range(20):
            ahead.append(number - answered)
            yield picture(number)

    for _ in predictor().each(camera(), batch_size=1):
        answered += 1
        time.sleep(0.005)
    assert len(ahead) == 20
    assert max(ahead) <= 1


def test_reading_and_decoding_go_on_while_the_network_works():
    """The network waits until the next images have been asked for: one after another never ends."""
    asked = threading.Semaphore(0)
    network = Network(wait=lambda: asked.acquire(timeout=5) or pytest.fail("nothing is read"))

    def images() -> Iterator[NDArray[np.uint8]]:
        for number in range(6):
            if number >= 2:
                asked.release()
            yield picture(number)
        asked.release(2)

    assert len(list(predictor(network).each(images(), 2))) == 6


def test_what_the_source_raises_comes_after_the_people_before_it():
    class UnpluggedError(Exception):
        pass

    def images() -> Iterator[NDArray[np.uint8]]:
        for seed, size in enumerate([WIDE, HIGH, WIDE]):
            yield picture(seed, size)
        raise UnpluggedError

    found = predictor(fit="height").each(images())
    assert len(list(islice(found, 3))) == 3
    with pytest.raises(UnpluggedError):
        next(found)


@pytest.mark.parametrize("bad", ["gone.jpg", np.zeros((4, 4), np.uint8), 7])
def test_what_is_no_image_is_told_in_its_place(bad, tmp_path):
    if isinstance(bad, str):
        bad = tmp_path / bad
    found = predictor().each([picture(0), picture(1), bad, picture(2)])
    assert len(list(islice(found, 2))) == 2
    with pytest.raises((DataError, InputError)):
        next(found)


def test_an_array_of_many_images_is_refused_with_what_to_do():
    with pytest.raises(InputError, match=r"uint8 \[2, 32, .*\]; give several as a list$"):
        predictor()(np.stack([picture(0), picture(1)])[:, :32])


def test_unreadable_files_leave_a_gap_in_a_stream(tmp_path):
    whole, cut = tmp_path / "whole.png", tmp_path / "cut.png"
    cv2.imwrite(str(whole), picture(0))
    cut.write_bytes(whole.read_bytes()[:60])
    find = predictor()
    seen = list(Stream(find, [whole, cut, whole], keep=True))
    assert [one.unreadable is None for one in seen] == [True, False, True]
    assert "cut.png" in str(seen[1].unreadable)
    assert same(seen[2].people, find(whole))
    assert (seen[2].pixels == find.read(whole)).all()


def test_an_error_of_the_network_ends_it():
    def fail() -> None:
        raise RuntimeError("out of memory")

    before = threading.active_count()

    with pytest.raises(RuntimeError, match="out of memory"):
        list(predictor(Network(wait=fail)).each(picture(n) for n in range(50)))
    assert threading.active_count() == before


@pytest.mark.parametrize("taken", [1, 5])
def test_closing_ends_the_threads(taken):
    before = threading.active_count()
    found = predictor(Network(wait=lambda: time.sleep(0.01)))(picture(n) for n in range(10**6))
    for _ in range(taken):
        next(found)
    found.close()
    assert threading.active_count() == before


def test_a_generator_that_is_left_ends_its_threads():
    before = threading.active_count()
    for _ in predictor()(picture(n) for n in range(10**6)):
        break
    assert threading.active_count() == before


def test_a_source_that_hangs_does_not_hang_the_one_who_closes():
    plugged = threading.Event()

    def camera() -> Iterator[NDArray[np.uint8]]:
        yield picture(0)
        plugged.wait()

    before = threading.active_count()
    found = predictor().each(camera(), 1)
    next(found)
    started = time.monotonic()
    found.close()
    assert time.monotonic() - started < 8
    assert threading.active_count() == before + 1, "nobody but the one who hangs"
    plugged.set()


def test_threads_may_share_a_predictor():
    find, images = predictor(), [picture(seed) for seed in range(30)]
    alone = [find(image) for image in images]
    found: dict[int, list[list[Human]]] = {}

    def work(number: int) -> None:
        one_by_one = number % 2
        found[number] = [find(image) for image in images] if one_by_one else find(images)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert all(same(a, b) for people in found.values() for a, b in zip(people, alone, strict=True))


@pytest.mark.parametrize("size", [0, -1, 1.5, "3"])
def test_a_batch_of_no_image_is_refused(size):
    with pytest.raises(InputError, match=rf"a batch has 1 image or more; got batch_size={size!r}"):
        next(predictor().each([picture(0)], size))


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_a_scale_that_leaves_no_input_is_refused(scale):
    with pytest.raises(InputError, match=re.escape(f"at the scale {scale:g} (eval.scales) has")):
        predictor(scales=[1.0, scale])
