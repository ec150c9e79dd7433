"""Sigmas of OKS: given ones, and their estimate from repeated annotations."""
