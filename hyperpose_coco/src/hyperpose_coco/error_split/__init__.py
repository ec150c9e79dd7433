"""The error split of Ronchi and Perona (arXiv 1707.05388)."""
