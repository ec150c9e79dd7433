"""What describes the tensors in a file of `torch.save`, in an archive that is whole."""

from __future__ import annotations

import numpy as np
import torch_writer as torch
from fuzzing import folder

from hyperpose_weights.torch_files import read_tensors

ARRAYS = {"conv.weight": np.ones((2, 3), np.float32), "n": np.array(7, np.int64)}


def seeds() -> list[bytes]:
    call = torch.text("evil") + b"cos\nsystem\n(" + torch.text("true") + b"tR"
    return [torch.state(ARRAYS), torch.state(ARRAYS, more=call)]


def target(data: bytes) -> None:
    read_tensors(torch.write_zip(folder() / "pickle.pth", data, ARRAYS))
