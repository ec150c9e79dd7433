"""Files of torch.save: both forms, and what is refused."""

from __future__ import annotations

import contextlib
import zipfile

import numpy as np
import pytest
import torch_writer as torch
from hypothesis import given
from hypothesis import strategies as st

from hyperpose_core.errors import CheckpointError
from hyperpose_weights.torch_files import is_torch_file, read_tensors

ARRAYS = {
    "conv.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2),
    "norm.num_batches_tracked": np.array(7, np.int64),
    "half": np.linspace(0, 1, 5, dtype=np.float16),
}
FORMS = {"zip": torch.write_zip, "legacy": torch.write_legacy}
both_forms = pytest.mark.parametrize("form", FORMS)


def written(path, form, arrays=ARRAYS, more=b""):
    data = torch.state(arrays, legacy=form == "legacy", more=more)
    return FORMS[form](path / "weights.pth", data, arrays)


@both_forms
def test_tensors_are_read_by_name(tmp_path, form):
    path = written(tmp_path, form)
    assert is_torch_file(path)
    found = read_tensors(path)
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


@both_forms
def test_a_transposed_view_is_read_as_its_values(tmp_path, form):
    array = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    data = torch.state({"w": array}, legacy=form == "legacy")
    path = FORMS[form](tmp_path / "w.pth", data, {"w": array.T})  # the bytes as they lie
    np.testing.assert_array_equal(read_tensors(path)["w"], array)


@both_forms
def test_the_names_of_a_parallel_model_and_of_a_checkpoint_are_the_models(tmp_path, form):
    arrays = {f"module.{name}": array for name, array in ARRAYS.items()}
    inner = torch.state(arrays, legacy=form == "legacy")[2:-1]
    checkpoint = b"\x80\x02}(" + torch.text("iter") + torch.integer(5)
    checkpoint += torch.text("state_dict") + inner + b"u."
    path = FORMS[form](tmp_path / "checkpoint_iter_5.pth", checkpoint, arrays)
    assert read_tensors(path).keys() == ARRAYS.keys()


@both_forms
def test_what_would_run_is_refused_and_named(tmp_path, form):
    call = torch.text("evil") + b"cos\nsystem\n(" + torch.text("touch ran") + b"tR"
    path = written(tmp_path, form, more=call)
    with pytest.raises(CheckpointError, match=r"weights\.pth contains os\.system"):
        read_tensors(path)
    assert not (tmp_path / "ran").exists()


@both_forms
def test_a_view_beyond_its_storage_is_refused(tmp_path, form):
    large = np.zeros((4, 4), np.float32)
    data = torch.state({"w": large}, legacy=form == "legacy")
    data = data.replace(torch.integer(16), torch.integer(3))  # the storage's count
    path = FORMS[form](tmp_path / "w.pth", data, {"w": large[0, :3]})
    with pytest.raises(CheckpointError, match="larger than its storage"):
        read_tensors(path)


def test_a_claim_of_terabytes_is_refused(tmp_path):
    array = np.zeros(1, np.float32)
    data = torch.state({"w": array}).replace(torch.numbers((1,)), torch.numbers((2**30,) * 4))
    path = torch.write_zip(tmp_path / "w.pth", data, {"w": array})
    with pytest.raises(CheckpointError):
        read_tensors(path)


def test_a_compressed_archive_is_refused(tmp_path):
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\0" * 10**6)
    with pytest.raises(CheckpointError, match="compressed"):
        read_tensors(path)


def test_other_files_are_not_taken_for_it(tmp_path):
    path = tmp_path / "weights.npz"
    np.savez(path, a=np.zeros(2))
    assert not is_torch_file(path)
    assert not is_torch_file(tmp_path / "missing")
    with pytest.raises(CheckpointError, match=r"no data\.pkl"):
        read_tensors(path)


@both_forms
@given(position=st.integers(0, 2000), value=st.integers(0, 255))
def test_damage_is_read_or_named(tmp_path_factory, form, position, value):
    folder = tmp_path_factory.mktemp("damaged")
    path = written(folder, form)
    content = bytearray(path.read_bytes())
    content[position % len(content)] = value
    path.write_bytes(content)
    with contextlib.suppress(CheckpointError):
        assert all(array.nbytes < 10**6 for array in read_tensors(path).values())


def test_a_zip_of_a_version_that_nobody_reads_is_no_such_file(tmp_path):
    path = written(tmp_path, "zip")
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\1\2") + 6] = 255
    path.write_bytes(content)
    assert not is_torch_file(path)
