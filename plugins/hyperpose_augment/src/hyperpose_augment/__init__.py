"""Augmentations of training images, in TensorFlow ops."""
