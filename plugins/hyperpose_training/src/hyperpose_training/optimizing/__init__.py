"""Optimizers, learning rates, and their choice."""
