"""Checking a dataset: one pass that says what is wrong with it and what is in it."""

from hyperpose_datatools.checking.check import check_data
from hyperpose_datatools.checking.report import Finding, Report

__all__ = ["Finding", "Report", "check_data"]
