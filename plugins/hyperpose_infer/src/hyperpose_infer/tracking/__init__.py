"""Tracking: who is who from frame to frame, and where they are without the jitter."""
