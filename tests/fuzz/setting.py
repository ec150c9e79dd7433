"""Values of settings as they stand on the command line, one a line."""

from __future__ import annotations

from hyperpose_core.config import resolve_config

WHOLE = b"""train.steps=5
model.input_size=64x48
train.optimizer=Adam(lr=1e-3)
model.options.sigma=2.0
model.name="a"
"""


def seeds() -> list[bytes]:
    return [WHOLE, *WHOLE.splitlines()]


def target(data: bytes) -> None:
    resolve_config(sets=data.decode("utf-8", "replace").splitlines())
