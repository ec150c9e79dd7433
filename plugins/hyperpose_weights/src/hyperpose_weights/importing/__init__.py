"""Importing: runs from weights that were trained elsewhere."""

from __future__ import annotations

from hyperpose_training.start.importers import find_importer
from hyperpose_weights.importing.make_run import Imported, import_weights

__all__ = ["Imported", "find_importer", "import_weights"]
