"""Checking a dataset: one pass that says what is wrong with it and what is in it."""

from hyperpose_core.checking.check import check_data
from hyperpose_core.checking.report import Finding, Report

__all__ = ["Finding", "Report", "check_data"]
