"""Settings: a run's config.json, and a user's TOML file; the bytes are read as both."""

from __future__ import annotations

import json

from fuzzing import written

from hyperpose_core.config import Config, from_dict, load_config, load_run_config, to_dict
from hyperpose_core.errors import HyperposeError

TOML = b"""
[model]
type = "Openpose"
input_size = [64, 64]
options = { sigma = 2.0 }
[train]
steps = 5
optimizer = "Adam(lr=1e-3)"
[data.options]
sigmas = [0.1, 0.2]
"""


def seeds() -> list[bytes]:
    config = to_dict(Config())
    return [json.dumps(config).encode(), json.dumps({"config": config}).encode(), TOML]


def target(data: bytes) -> None:
    try:
        from_dict(load_run_config(written("config.json", data)))
    except HyperposeError:
        load_config(written("config.toml", data))
