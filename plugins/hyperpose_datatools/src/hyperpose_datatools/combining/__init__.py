"""Datasets that are trained on together (`data.datasets`), and scored on one of them."""
