"""The openpose family for HyperPose: confidence maps and part affinity fields."""
