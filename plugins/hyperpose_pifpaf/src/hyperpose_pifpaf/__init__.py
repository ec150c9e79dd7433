"""The pifpaf family: people as fields of vectors to keypoints and to the ends of limbs."""
