"""The official file: everything that it may leave out, and everything that may be wrong with it."""

import contextlib
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mpii_files import EMPTY, cell, person, point, points, struct, whole, write_mat
from scipy.io import savemat

from hyperpose_core.errors import DataError
from hyperpose_mpii import cache
from hyperpose_mpii.annotations import FILE, read_annotations, read_matlab

quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def test_all_that_a_file_can_say_is_read(tmp_path):
    marks = points(*(point(i, i + 1, 2, v) for i, v in enumerate([0, 1, "", "0", "1", EMPTY])))
    people = struct(person(whole()), person(marks))
    path = write_mat(tmp_path / "a.mat", [("1.jpg", people), ("2.jpg", None)], [1, 0], [2, EMPTY])
    first, second = read_matlab(path)
    assert (first.name, first.train, first.activity) == ("1.jpg", True, "golf")
    assert (second.train, second.people) == (False, [])
    one, two = first.people
    assert one.points.shape == (16, 3)
    assert one.points[3].tolist() == [121, 93, 2]
    assert two.points[:, 2].tolist() == [1, 2, 2, 1, 2, 2] + [0] * 10
    assert (one.head, one.scale, one.center) == ((100, 50, 130, 90), 1.5, (120, 150))
    assert (one.separated, two.separated) == (False, True)


@pytest.mark.parametrize(
    "nothing", [EMPTY, np.zeros((0, 1)), struct({"point": EMPTY}), ""], ids=["0x0", "0x1", "s", "t"]
)
def test_people_without_joints_are_there_without_joints(tmp_path, nothing):
    path = write_mat(tmp_path / "a.mat", [("1.jpg", struct(person(nothing)))])
    [found] = read_matlab(path)[0].people
    assert found.points is None
    assert found.scale == 1.5


def test_one_joint_and_one_image_are_no_arrays_in_matlab(tmp_path):
    lone = person(points(point(9, 5, 6)), head=None, scale=None, objpos=None)
    [image] = read_matlab(write_mat(tmp_path / "a.mat", [("1.jpg", struct(lone))], single=[1]))
    [found] = image.people
    assert found.points[9].tolist() == [5, 6, 2]
    assert (found.head, found.scale, found.center, found.separated) == (None, None, None, True)


def test_fields_may_be_missing_altogether(tmp_path):
    bare = struct({"scale": 2.0, "objpos": struct({"x": 3.0, "y": 4.0})})
    visible = points({"x": 1.0, "y": 2.0, "id": 0})
    path = write_mat(tmp_path / "a.mat", [("1.jpg", bare), ("2.jpg", struct(person(visible)))])
    first, second = read_matlab(path)
    assert first.people[0].points is None
    assert second.people[0].points[0].tolist() == [1, 2, 2]


def test_an_image_that_is_listed_again_without_people_counts_once(tmp_path):
    images = [("1.jpg", None), ("1.jpg", struct(person(whole()))), ("1.jpg", None)]
    [image] = read_matlab(write_mat(tmp_path / "a.mat", images))
    assert len(image.people) == 1


def one_person(**changes):
    return [("7.jpg", struct({**person(whole()), **changes}))]


@pytest.mark.parametrize(
    ("images", "fields", "words"),
    [
        (one_person(x1=float("nan")), {}, r"7\.jpg.*annorect\(1\)\.x1 is nan"),
        (one_person(x1=1e9), {}, r"7\.jpg.*x1.*a million"),
        (one_person(scale="tall"), {}, r"7\.jpg.*scale is 'tall'"),
        (one_person(scale=np.ones((2, 2))), {}, r"scale is an array of 2x2"),
        (one_person(annopoints=5.0), {}, r"7\.jpg.*annopoints\(1\) is 5.*a struct"),
        (one_person(objpos=np.ones(3)), {}, r"objpos\(1\) is .*a struct"),
        (one_person(annopoints=points(point(16, 1, 1))), {}, r"id is 16.*from 0 to 15"),
        (one_person(annopoints=points(point(0.5, 1, 1))), {}, r"id is 0\.5"),
        (one_person(annopoints=points(point(0, 1, np.inf))), {}, r"point\(1\)\.y is inf"),
        (one_person(annopoints=points({"id": 0, "x": 1.0})), {}, r"point\(1\)\.y is missing"),
        (one_person(annopoints=points(point(0, 1, 1, 7))), {}, r"is_visible is 7"),
        ([("a/b.jpg", None)], {}, r"annolist\(1\)\.image\(1\)?.*'a/b\.jpg'.*without folders"),
        ([("", None)], {}, r"annolist\(1\).*name of an image file"),
        ([("1.jpg", None)], {"img_train": []}, r"img_train is missing or empty.*1 numbers"),
        ([("1.jpg", None)], {"img_train": ["x"]}, r"img_train\(1\) is 'x'"),
        ([("1.jpg", None)] * 2, {"single_person": cell(1, 2, 3)}, r"single_person.*2 entries"),
        ([("1.jpg", None)], {"annolist": EMPTY}, r"annolist is missing or empty"),
        ([("1.jpg", None)], {"annolist": np.ones(3)}, r"annolist\(1\) is .*a struct"),
        ([("1.jpg", struct(person(whole())))] * 2, {}, r"people of the image '1\.jpg'.*twice"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, images, fields, words):
    path = write_mat(tmp_path / "bad.mat", images, **fields)
    with pytest.raises(DataError, match=r"bad\.mat") as caught:
        read_matlab(path)
    assert re.search(words, str(caught.value)), caught.value


def test_files_of_other_kinds_are_named(tmp_path):
    path = tmp_path / "x.mat"
    with pytest.raises(DataError, match=r"cannot read .*x\.mat"):
        read_matlab(path)
    for content in (
        b"",
        b"\0" * 200,
        b"no Matlab file at all" * 20,
        b"\x89HDF\r\n\x1a\n" + b"0" * 99,
    ):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"x\.mat"):
            read_matlab(path)
    savemat(path, {"other": 1})
    with pytest.raises(DataError, match=r"x\.mat has no variable 'RELEASE'"):
        read_matlab(path)
    savemat(path, {"RELEASE": np.ones(4)})
    with pytest.raises(DataError, match=r"x\.mat: RELEASE"):
        read_matlab(path)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    images = [("1.jpg", struct(person(whole()), person(EMPTY))), ("2.jpg", None)]
    return write_mat(tmp_path_factory.mktemp("good") / "good.mat", images).read_bytes()


def reads_or_says(path):
    """Read a file, or see that the error names it; no other error passes."""
    with contextlib.suppress(DataError), expect_name(path):
        read_matlab(path)


@contextlib.contextmanager
def expect_name(path):
    try:
        yield
    except DataError as error:
        if str(path) not in str(error):
            raise AssertionError(f"{error} does not name {path}") from error
        raise


@quick
@given(length=st.integers(0, 20_000))
def test_truncated_files_are_named(tmp_path, good, length):
    path = tmp_path / "cut.mat"
    path.write_bytes(good[: min(length, len(good) - 1)])
    reads_or_says(path)


@quick
@given(data=st.data())
def test_changed_bytes_never_crash(tmp_path, good, data):
    content = bytearray(good)
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "changed.mat"
    path.write_bytes(content)
    reads_or_says(path)


VALUES = st.one_of(
    st.floats(),
    st.text("ab1.", max_size=3),
    st.sampled_from([EMPTY, np.ones((2, 3)), cell(1, "x"), struct({"x": 1}), struct({"point": 2})]),
    st.sampled_from([np.array([True]), np.array([1j]), np.array([2**62])]),
)


@quick
@given(
    field=st.sampled_from(["x1", "y2", "scale", "objpos", "annopoints"]),
    inner=st.sampled_from(["x", "y", "id", "is_visible"]),
    values=st.tuples(VALUES, VALUES),
)
def test_values_of_any_type_never_crash(tmp_path, field, inner, values):
    marks = points({**point(3, 1, 1), inner: values[0]}, point(4, 2, 2))
    people = struct(person(marks), {**person(whole()), field: values[1]})
    reads_or_says(write_mat(tmp_path / "typed.mat", [("1.jpg", people)]))


def test_the_cache_holds_what_the_file_holds(tmp_path, good):
    path = tmp_path / FILE
    path.write_bytes(good)
    images = read_annotations(path)
    kept = cache.cache_path(path, None)
    assert kept.is_file()
    again = cache.load(path, None)
    assert [i.name for i in again] == [i.name for i in images]
    for one, other in zip(images[0].people, again[0].people, strict=True):
        np.testing.assert_equal(vars(one), vars(other))


def test_a_changed_file_or_a_damaged_cache_is_read_anew(tmp_path, good):
    path = tmp_path / FILE
    path.write_bytes(good)
    read_annotations(path)
    write_mat(path, [("9.jpg", None)])
    assert [image.name for image in read_annotations(path)] == ["9.jpg"]
    kept = cache.cache_path(path, None)
    for damage in (b"", b"[]", b"{", b'{"key": 1}', kept.read_bytes()[:-20], b"\xff\xfe"):
        kept.write_bytes(damage)
        assert [image.name for image in read_annotations(path)] == ["9.jpg"]
    content = kept.read_text().replace('"people":[]', '"people":[{"points":[1]}]')
    kept.write_text(content)
    assert [image.name for image in read_annotations(path)] == ["9.jpg"]


def test_a_folder_that_cannot_be_written_gets_no_cache(tmp_path, good):
    folder = tmp_path / "read-only"
    folder.mkdir()
    path = folder / FILE
    path.write_bytes(good)
    folder.chmod(0o555)
    try:
        assert len(read_annotations(path)) == 2
        assert [entry.name for entry in folder.iterdir()] == [FILE]
        other = tmp_path / "kept" / "here"
        assert len(read_annotations(path, other)) == 2
        assert cache.cache_path(path, other).is_file()
        (tmp_path / "a-file").touch()
        assert len(read_annotations(path, tmp_path / "a-file" / "x")) == 2
    finally:
        folder.chmod(0o755)
