"""Fuzz targets, one a file: `target(data)` ends with nothing or with a HyperposeError, whatever
the bytes; `seeds()` are whole files, made by code, from which they are changed.

`test_fuzz.py` runs each a few times, `make fuzz` for as long as FUZZ_SECONDS says.
"""
