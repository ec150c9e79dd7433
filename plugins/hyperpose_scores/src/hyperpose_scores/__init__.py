"""Scores of result files: the command, and metrics of distances."""
