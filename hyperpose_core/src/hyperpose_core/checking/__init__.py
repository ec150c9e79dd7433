"""Checking: what can be seen wrong before a training begins."""
