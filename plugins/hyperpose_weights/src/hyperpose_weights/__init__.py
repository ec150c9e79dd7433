"""Weights of other origins: the command, and the importers that belong to no family."""
