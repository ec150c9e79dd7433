"""Datasets: what several datasets share; each dataset itself is a plugin."""
