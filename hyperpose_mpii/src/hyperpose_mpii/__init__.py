"""hyperpose-mpii: the MPII Human Pose dataset, its filters' MPIIMeta, PCKh and multi-person AP."""

__version__ = "0.1.0"
