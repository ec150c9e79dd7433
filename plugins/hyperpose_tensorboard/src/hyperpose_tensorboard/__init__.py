"""TensorBoard files of a training."""
