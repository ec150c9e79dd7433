"""Configuration: typed groups of settings, from Python, TOML, JSON and the command line."""

from __future__ import annotations

from hyperpose_core.config.data import DataConfig, DatasetConfig
from hyperpose_core.config.group import Group
from hyperpose_core.config.options import set_option, settings, update
from hyperpose_core.config.schema import (
    Config,
    EvalConfig,
    LogConfig,
    ModelConfig,
    PretrainConfig,
    TestConfig,
)
from hyperpose_core.config.serial import from_dict, not_restored, snapshot, to_dict
from hyperpose_core.config.sources import load_config, load_run_config, resolve_config
from hyperpose_core.config.text import parse_option
from hyperpose_core.config.train import TrainConfig

__all__ = [
    "Config",
    "DataConfig",
    "DatasetConfig",
    "EvalConfig",
    "Group",
    "LogConfig",
    "ModelConfig",
    "PretrainConfig",
    "TestConfig",
    "TrainConfig",
    "from_dict",
    "load_config",
    "load_run_config",
    "not_restored",
    "parse_option",
    "resolve_config",
    "set_option",
    "settings",
    "snapshot",
    "to_dict",
    "update",
]
