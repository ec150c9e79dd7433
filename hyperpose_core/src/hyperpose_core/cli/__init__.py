"""The command line: `hyperpose <command>`."""

from hyperpose_core.cli.main import main

__all__ = ["main"]
