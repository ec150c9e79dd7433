"""How a training begins: with which weights, on which images, and alone."""
