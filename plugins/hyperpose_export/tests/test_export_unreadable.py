"""Images that the system does not let be read: the same sentence with TensorFlow and without."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from hyperpose_core.errors import DataError
from hyperpose_core.inference.predictor import read_image as by_tensorflow
from hyperpose_export.images import read_image


@pytest.mark.parametrize("read", [by_tensorflow, read_image])
def test_an_image_that_may_not_be_read_is_named(read, tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.touch()

    read_bytes = Path.read_bytes

    def refused(self: Path) -> bytes:
        if self != path:
            return read_bytes(self)
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refused)
    with pytest.raises(DataError, match=r"cannot read the image .*a\.png: Permission denied"):
        read(path)
