"""Parallel training over KungFu."""
