"""Launching: worker processes on this machine and on others, started, watched and ended."""
