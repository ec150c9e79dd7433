"""Metrics: official scores, by the tools of those who published them where they exist."""
