"""What workers share: the images of a training in shards, those of an evaluation in parts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hyperpose_core.evaluation.sharing import part
from hyperpose_core.pipeline.shard import Shard, from_record, to_record


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


@given(count=st.integers(0, 30), first=st.integers(0, 40), size=st.integers(1, 5))
def test_every_image_is_evaluated_once_and_the_first_by_worker_0(count, first, size):
    parts = [part(count, first, rank, size) for rank in range(size)]
    assert [number for p in parts for number in p] == list(range(count))
    assert set(range(min(first, count))) <= set(parts[0])
