"""Why an image file cannot be used, in words that are not TensorFlow's."""

from __future__ import annotations

import re
from pathlib import Path

import tensorflow as tf

from hyperpose_core.pipeline.decoding import decode_image, why_undecodable


def why_not(path: Path, error: tf.errors.OpError) -> str:
    """Say why an image file cannot be used.

    Args:
        error: what was met when it was read, decoded and put into a batch.
    """
    try:
        content = path.read_bytes()
    except OSError as unread:
        return unread.strerror or str(unread)
    try:
        decode_image(tf.constant(content))
    except tf.errors.OpError:
        return why_undecodable(content)
    # The file is well: what comes after it, of a plugin's, says why, without the names of nodes.
    return re.sub(r"\{\{.*?\}\}\s*|\s*\[Op:.*", "", error.message.splitlines()[0])
