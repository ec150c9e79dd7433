"""Several workers train one model: the strategy, its algorithms, and their launcher."""
