"""YOLO-pose: reading and writing https://docs.ultralytics.com/datasets/pose."""
