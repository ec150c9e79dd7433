"""Formats: one exporter a file."""
