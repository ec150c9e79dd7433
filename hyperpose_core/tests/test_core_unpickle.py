"""Unpickling: plain values come back, everything else is refused before it runs."""

import collections
import contextlib
import datetime
import os
import pickle
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperpose.unpickle import loads
from hyperpose_core.errors import DataError

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@settings(deadline=None)
@given(plain, st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_plain_values_come_back(value, protocol):
    assert loads(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4),
        np.asfortranarray(np.arange(12).reshape(3, 4)),
        np.zeros((0, 17, 3), np.float32),
        np.array([b"a", b"bc"]),
        np.array([[1, 2], None, "x"], object),
    ],
)
def test_arrays_come_back(array, protocol):
    read = loads(pickle.dumps({"kpt": array, "n": np.float32(2.5)}, protocol))
    np.testing.assert_array_equal(read["kpt"], array)
    assert read["n"] == 2.5


class Call:
    """Pickled as a call of a function."""

    def __init__(self, function, *arguments, state=None):
        self.call = function, arguments, state

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_os_system_is_refused_and_does_not_run(tmp_path, protocol):
    trace = tmp_path / "ran"
    data = pickle.dumps({"kpt": [Call(os.system, f"touch {trace}")]}, protocol)
    with pytest.raises(DataError, match="system"):
        loads(data)
    assert not trace.exists()


@pytest.mark.parametrize(
    "value",
    [
        Call(eval, "1 + 1"),
        Call(getattr, np.ndarray, "tofile"),
        Call(np.load, "somewhere"),
        Call(np.fromfile, "somewhere"),
        datetime.date(2020, 1, 1),
        collections.Counter("ab"),
        range(3),
    ],
)
def test_everything_else_is_refused_by_name(value):
    with pytest.raises(DataError, match="only lists"):
        loads(pickle.dumps(value), "element 3")


@pytest.mark.parametrize(
    "value",
    [
        Call(np.ndarray, (1,), "O", b"A" * 8),
        Call(bytes, 10**15),
        Call(np.dtype, [("a", "O")]),
        np.zeros(2, [("a", "i4")]),
    ],
)
def test_arguments_that_would_crash_the_process_are_refused(value):
    with pytest.raises(DataError, match="cannot be unpickled"):
        loads(pickle.dumps(value))


@pytest.mark.parametrize("data", [b"Nr\xff\xff\xff\x3f.", b"Np999999999\n."])
def test_memory_is_not_filled_up_to_a_place_that_the_data_name(data):
    tracemalloc.start()
    assert loads(data) is None
    assert tracemalloc.get_traced_memory()[1] < 10**6
    tracemalloc.stop()


def test_memory_is_not_filled_with_the_length_that_the_data_claim():
    tracemalloc.start()
    with pytest.raises(DataError, match="cannot be unpickled"):
        loads(b"\x80\5\x96" + (10**9).to_bytes(8, "little") + b"abc")
    assert tracemalloc.get_traced_memory()[1] < 10**6
    tracemalloc.stop()


DOUBLED = b"".join(b"0h%ch%c\x86\x94" % (i, i) for i in range(60))


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\4}(K\1\x85\x94" + DOUBLED + b"Nu.",
        b"\x80\4}(K\1\x85" + b"2\x86" * 60 + b"Nu.",
    ],
)
def test_what_would_be_hashed_without_end_is_refused(data):
    with pytest.raises(DataError, match="cannot be unpickled"):
        loads(data)


def doubled(value, times=60):
    for _ in range(times):
        value = [value, value]
    return value


def test_what_would_be_walked_through_without_end_is_refused():
    with pytest.raises(DataError, match="over and over"):
        loads(pickle.dumps(doubled(1)))
    itself = []
    itself.append(itself)
    with pytest.raises(DataError, match="over and over"):
        loads(pickle.dumps(itself))
    assert loads(pickle.dumps(doubled(1, 15))) == doubled(1, 15)


def test_arguments_are_not_written_out_or_multiplied():
    for value in (Call(np.dtype, doubled(1)), Call(np.dtype, 5)):
        with pytest.raises(DataError, match="a dtype that is no text"):
            loads(pickle.dumps(value))
    make, arguments, state = np.zeros(3).__reduce__()
    shape = ([1], 10**12)
    with pytest.raises(DataError, match="an array without a shape"):
        loads(pickle.dumps(Call(make, *arguments, state=(1, shape, *state[2:]))))


def test_no_function_of_ours_is_changed():
    with pytest.raises(DataError, match="a state for a function"):
        loads(b"c_codecs\nencode\n(N}U\x0c__defaults__)stb.")
    assert loads(pickle.dumps(b"a", 0)) == b"a"


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_give_a_value_or_a_data_error(data):
    with contextlib.suppress(DataError):
        loads(data)


@settings(deadline=None)
@given(st.data())
def test_damaged_pickles_give_a_value_or_a_data_error(data):
    whole = pickle.dumps({"kpt": [np.arange(6.0)], "bbx": None, "mask": [{"size": [1, 2]}]})
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255))
    with contextlib.suppress(DataError):
        loads(whole[:place] + bytes([byte]) + whole[place + 1 :])
