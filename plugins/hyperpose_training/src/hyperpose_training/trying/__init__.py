"""A training tried once, and what the whole of it will take."""
