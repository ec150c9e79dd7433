"""Models: building them, their weights by name, and what a family's functions share."""
