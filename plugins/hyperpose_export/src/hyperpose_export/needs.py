"""What is not installed with everybody's: imported when it is used, or named with its install."""

from __future__ import annotations

import importlib
from typing import Any

from hyperpose_core.errors import InputError


def needed(module: str, extra: str, purpose: str) -> Any:
    """Import a module that an extra of this distribution brings.

    Raises:
        InputError: it cannot be imported; says what to install.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(
            f"{purpose} needs {module.partition('.')[0]}, which cannot be imported ({error}): "
            f"pip install 'hyperpose-export[{extra}]'"
        ) from error
