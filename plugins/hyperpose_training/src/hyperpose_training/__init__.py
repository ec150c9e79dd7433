"""HyperPose's trainer: a model learns from a dataset, step by step, and survives kills."""
