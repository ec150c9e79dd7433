"""The input pipeline: from the files' bytes to batches, in TensorFlow ops."""
