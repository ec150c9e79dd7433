"""Runtimes: one a file, imported when it is used."""
