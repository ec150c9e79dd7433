"""hyperpose-synthetic: drawn people with exact annotations, made on the spot."""

__version__ = "0.1.0"
