"""The reader of Matlab files, against scipy's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpii_files import cell, struct
from scipy.io import loadmat, savemat

from hyperpose_mpii.matfile import MatError, read_variables

ARRAYS = {
    "doubles": np.arange(24.0).reshape(2, 3, 4) / 7,
    "bytes": np.arange(6, dtype=np.uint8).reshape(2, 3),
    "singles": np.ones((16, 2, 5), np.float32),
    "shorts": np.array([[-3, 300]], np.int16),
    "longs": np.array([[-(2**40)]], np.int64),
    "flags": np.array([[True, False]]),
}


@pytest.mark.parametrize("compressed", [True, False])
def test_numbers_are_those_of_scipy(tmp_path, compressed):
    path = tmp_path / "a.mat"
    savemat(path, ARRAYS, do_compression=compressed)
    ours, theirs = read_variables(path.read_bytes(), ARRAYS), loadmat(path)
    for name in ARRAYS:
        np.testing.assert_array_equal(
            np.asarray(ours[name]).reshape(theirs[name].shape), theirs[name]
        )


def test_texts_structs_and_cells(tmp_path):
    path = tmp_path / "a.mat"
    people = struct({"name": "Zoë", "age": 3}, {"name": "", "age": np.zeros((0, 0))})
    savemat(path, {"people": people, "both": cell("a", 2), "other": 1, "none": np.zeros((0, 3))})
    found = read_variables(path.read_bytes(), ("people", "both", "none"))
    assert found["people"] == [{"name": "Zoë", "age": 3}, {"name": None, "age": None}]
    assert found["both"] == ["a", 2]
    assert found["none"] is None
    assert "other" not in found


def test_official_numbers_are_those_of_scipy(shared_data):
    folder = shared_data / "reference_results" / "mpii"
    for file in folder.glob("*.mat"):
        theirs = loadmat(file)
        names = [
            n for n, v in theirs.items() if getattr(v, "dtype", None) in (np.float64, np.float32)
        ]
        ours = read_variables(file.read_bytes(), names)
        assert names
        assert all(np.array_equal(ours[n], theirs[n]) for n in names)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"IM", b"MI"]))
def test_random_bytes_are_an_error_or_nothing(content, order):
    for data in (content, b" " * 124 + b"\0\1" + order + content):
        try:
            assert read_variables(data, ("RELEASE",)) == {}
        except MatError as error:
            assert str(error)  # noqa: PT017


def test_nesting_without_end_is_refused():
    def matrix(content):
        return b"\x0e\0\0\0" + len(content).to_bytes(4, "little") + content

    head = matrix(b"")[:0]
    head += b"\6\0\0\0\x08\0\0\0" + b"\1" + b"\0" * 7  # a cell
    head += b"\5\0\0\0\x08\0\0\0" + b"\1\0\0\0\1\0\0\0" + b"\1\0\0\0\1\0\0\0" + b"a" + b"\0" * 7
    nested = matrix(b"")
    for _ in range(3000):
        nested = matrix(head + nested)
    with pytest.raises(MatError, match="too deeply"):
        read_variables(b" " * 124 + b"\0\1IM" + nested, ("a",))
