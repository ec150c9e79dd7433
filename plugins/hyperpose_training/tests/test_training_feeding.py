"""What a training is fed with: which worker sees which images, and datasets with weights."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperpose_training.feeding.mixture import BLOCK, Mixture
from hyperpose_training.feeding.shard import Shard, from_record, to_record
from hyperpose_training.feeding.training_data import Share


@given(size=st.integers(1, 5), block=st.integers(1, 4), start=st.integers(0, 50))
def test_workers_see_together_what_one_with_a_larger_batch_sees(size, block, start):
    shards = [Shard(rank, size, block, start) for rank in range(size)]
    alone = Shard(block=block * size, start=start)
    for step in range(4):
        seen = [s.position(own) for s in shards for own in range(step * block, (step + 1) * block)]
        first = step * block * size
        assert seen == [alone.position(own) for own in range(first, first + block * size)]
    for shard in shards:
        assert [shard.own(shard.position(own)) for own in range(20)] == list(range(20))


@given(
    size=st.integers(1, 4),
    block=st.integers(1, 3),
    start=st.integers(0, 9),
    new=st.tuples(st.integers(1, 4), st.integers(1, 3)),
    data=st.data(),
)
def test_where_workers_stopped_the_same_go_on_and_others_see_nothing_twice(
    size, block, start, new, data
):
    done = data.draw(st.lists(st.integers(0, 12), min_size=size, max_size=size))
    shards = [Shard(r, size, block, start, d) for r, d in enumerate(done)]
    record = to_record(shards)
    assert [from_record(record, rank, size, block) for rank in range(size)] == shards
    seen = {s.position(own) for s in shards for own in range(s.done)}
    news = [from_record(record, rank, *new) for rank in range(new[0])]
    if new != (size, block):
        assert seen.isdisjoint(n.position(own) for n in news for own in range(n.done, n.done + 5))
        if len(set(done)) == 1 and done[0] % block == 0:
            assert news[0].position(news[0].done) == start + len(seen), "no image is left out"


def order(source, count: int, seed: int = 0, start: int = 0) -> list[int]:
    positions = tf.data.Dataset.range(start, start + count)
    numbers = positions.map(tf.autograph.experimental.do_not_convert(lambda c: source(c, seed)))
    return next(iter(numbers.batch(count))).numpy().tolist()


@settings(deadline=None, max_examples=8)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.floats(1e-3, 1e3)), min_size=1, max_size=4),
    st.integers(0, 2**31 - 1),
    st.integers(0, 10**6),
)
def test_a_mixture_is_a_function_of_seed_and_position(shares, seed, start):
    mixture = Mixture([Share(*share) for share in shares])
    assert mixture.parts.sum() == BLOCK
    assert (mixture.parts >= 1).all()
    whole = order(mixture, 12, seed, start)
    assert whole[5:] == order(Mixture([Share(*share) for share in shares]), 7, seed, start + 5)
    assert all(0 <= number < sum(count for count, _ in shares) for number in whole)


def test_every_dataset_has_its_share_and_uses_its_images_equally():
    """Of each block, 2 in 12 from 3 images, 9 in 12 from 50, 1 in 12 from 1."""
    numbers = np.array(order(Mixture([Share(3, 2.0), Share(50, 9.0), Share(1, 1.0)]), 2 * BLOCK))
    for block in numbers.reshape(2, BLOCK):
        assert [(block < 3).sum(), ((block >= 3) & (block < 53)).sum(), (block == 53).sum()] == [
            BLOCK * 2 // 12,
            BLOCK * 9 // 12,
            BLOCK // 12,
        ]
        used = np.bincount(block, minlength=54)
        assert np.ptp(used[:3]) <= 1
        assert np.ptp(used[3:53]) <= 1
    # Mixed at every scale, not one dataset after the other.
    tenths = (numbers[:BLOCK].reshape(10, -1) < 3).mean(axis=1)
    assert (np.abs(tenths - 2 / 12) < 0.06).all()
    assert order(Mixture([Share(3, 1.0), Share(3, 1.0)]), 40, 1) != order(
        Mixture([Share(3, 1.0), Share(3, 1.0)]), 40, 2
    )


def test_a_large_dataset_is_seen_whole_before_it_repeats():
    numbers = np.array(order(Mixture([Share(10_000, 5.0), Share(4, 1.0)]), 2 * BLOCK))
    large = numbers[numbers < 10_000]
    assert len(large) == 2 * 7000
    assert len(set(large[:7000])) == 7000
    assert len(set(large)) == 10_000
