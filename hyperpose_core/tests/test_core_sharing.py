"""What workers share of an evaluation: its images in parts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hyperpose_core.evaluation.sharing import part


@given(count=st.integers(0, 30), first=st.integers(0, 40), size=st.integers(1, 5))
def test_every_image_is_evaluated_once_and_the_first_by_worker_0(count, first, size):
    parts = [part(count, first, rank, size) for rank in range(size)]
    assert [number for p in parts for number in p] == list(range(count))
    assert set(range(min(first, count))) <= set(parts[0])
