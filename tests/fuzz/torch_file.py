"""A file of `torch.save` in both of its forms."""

from __future__ import annotations

import numpy as np
import torch_writer as torch
from fuzzing import folder, written

from hyperpose_weights.torch_files import is_torch_file, read_tensors

ARRAYS = {"conv.weight": np.ones((2, 3), np.float32), "n": np.array(7, np.int64)}


def seeds() -> list[bytes]:
    path = folder() / "whole.pth"
    torch.write_zip(path, torch.state(ARRAYS), ARRAYS)
    whole = [path.read_bytes()]
    torch.write_legacy(path, torch.state(ARRAYS, legacy=True), ARRAYS)
    return [*whole, path.read_bytes()]


def target(data: bytes) -> None:
    path = written("weights.pth", data)
    is_torch_file(path)
    read_tensors(path)
