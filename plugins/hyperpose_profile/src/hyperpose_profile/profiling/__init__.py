"""Profiling: what one model costs."""
