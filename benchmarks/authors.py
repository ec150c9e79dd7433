"""The authors' Lightweight OpenPose in PyTorch, in a process of its own, whose Python has PyTorch.

As a program it takes their checkout, reads `forward` or `train step` from standard input, a line
each, does it once on an image of 368x368, and answers with a line.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


class Authors:
    """Their network, asked from here.

    Args:
        folder: a clone of github.com/Daniil-Osokin/lightweight-human-pose-estimation.pytorch.
        python: an interpreter with PyTorch.
    """

    def __init__(self, folder: Path, python: str) -> None:
        self._process = subprocess.Popen(
            [python, __file__, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            text=True,
        )
        self.version = self._answer()

    def run(self, what: str) -> None:
        """Let it do a forward pass, or a train step."""
        assert self._process.stdin is not None
        print(what, file=self._process.stdin, flush=True)
        self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"the authors' network ended with exit code {self._process.wait()}")
        return line.strip()


def serve(folder: str) -> None:
    """Answer the lines of standard input; the train step is that of their `train.py`."""
    sys.path.insert(0, folder)
    import torch
    from models.with_mobilenet import PoseEstimationWithMobileNet

    torch.set_num_threads(1)
    network = PoseEstimationWithMobileNet(num_refinement_stages=1)
    adam = torch.optim.Adam(network.parameters(), lr=4e-5, weight_decay=5e-4)
    image, mask = torch.rand(1, 3, 368, 368), torch.ones(1, 1, 46, 46)
    targets = [torch.rand(1, channels, 46, 46) for channels in (19, 38)]

    def forward() -> None:
        network.eval()
        with torch.no_grad():
            network(image)

    def train_step() -> None:
        network.train()
        adam.zero_grad()
        found = zip(network(image), targets * 2, strict=True)
        loss = sum((((output - target) * mask) ** 2 / 2).sum() for output, target in found)
        loss.backward()
        adam.step()

    print(f"PyTorch {torch.__version__}", flush=True)
    for line in sys.stdin:
        {"forward": forward, "train step": train_step}[line.strip()]()
        print("done", flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
