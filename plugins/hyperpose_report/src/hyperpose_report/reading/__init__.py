"""What a run has on disk, and what is measured on it for a report."""
