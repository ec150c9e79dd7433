"""Writers: what is found, as lines of JSON, as results of a dataset, and in videos."""
