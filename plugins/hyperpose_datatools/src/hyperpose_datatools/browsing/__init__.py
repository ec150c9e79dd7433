"""Browsing a dataset: pictures of its samples, and of what the network sees of them."""

from hyperpose_datatools.browsing.browse import browse, choose, visualize

__all__ = ["browse", "choose", "visualize"]
