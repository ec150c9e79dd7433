"""Backbones for HyperPose: feature extractors that stop at the stride they are asked for."""
