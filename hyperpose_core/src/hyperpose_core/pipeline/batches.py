"""What decodes the images of batches, for scripts that look for it here."""

from hyperpose_core.pipeline.decoding import decode_image as _decode

__all__ = ["_decode"]
