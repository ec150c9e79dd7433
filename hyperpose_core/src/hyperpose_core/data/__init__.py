"""Data: samples and people, datasets as they are opened, combined, filtered and converted."""
