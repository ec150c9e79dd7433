"""Reports of runs: one page, whose sections come from plugins."""
