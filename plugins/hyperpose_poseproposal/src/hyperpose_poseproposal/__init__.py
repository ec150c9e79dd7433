"""The poseproposal family: people as boxes of body parts and edges between cells of a grid."""
