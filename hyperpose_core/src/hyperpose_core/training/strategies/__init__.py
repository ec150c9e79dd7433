"""Parallel training: engines that move numbers between workers, and algorithms that use them."""
