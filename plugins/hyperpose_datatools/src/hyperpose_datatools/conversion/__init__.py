"""Conversion of annotations between file formats, by way of raw samples and a skeleton."""

from hyperpose_datatools.conversion.convert import Converted, convert_annotations

__all__ = ["Converted", "convert_annotations"]
