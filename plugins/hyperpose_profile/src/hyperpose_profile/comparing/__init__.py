"""Comparing: several models on the same images."""
