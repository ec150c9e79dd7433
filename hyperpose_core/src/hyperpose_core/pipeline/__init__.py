"""The input pipeline: from a file's bytes to pixels in the network's input, in TensorFlow ops."""
