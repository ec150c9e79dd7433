"""hyperpose-tinynet: an example of a plugin for HyperPose."""
