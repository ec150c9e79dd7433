"""hyperpose-domainadapt: features that do not tell where an image is from."""

__version__ = "0.1.0"
