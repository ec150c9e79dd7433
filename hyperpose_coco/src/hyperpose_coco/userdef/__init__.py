"""A user's own dataset, with the methods that the 2021 library asked for."""
