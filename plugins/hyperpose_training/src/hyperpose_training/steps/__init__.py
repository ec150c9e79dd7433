"""The traced train step, and what a step is made of."""
