"""People in images: the command `infer`."""
