"""hyperpose-coco: the COCO keypoint dataset, its filters' COCOMeta and its official scores."""

__version__ = "0.1.0"
