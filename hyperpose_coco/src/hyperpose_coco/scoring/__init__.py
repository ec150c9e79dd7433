"""Scoring of result files in COCO's form."""
