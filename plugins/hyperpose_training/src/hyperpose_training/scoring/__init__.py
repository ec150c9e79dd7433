"""Scores while training, and what follows from them."""
