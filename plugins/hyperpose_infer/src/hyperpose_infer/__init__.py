"""What is done with a trained model: the commands `infer` and `eval`."""
