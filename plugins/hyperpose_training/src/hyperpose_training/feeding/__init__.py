"""What a training is fed with: its batches, in which order, and which worker sees which."""
