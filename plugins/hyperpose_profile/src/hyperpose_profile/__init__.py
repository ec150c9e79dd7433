"""What models cost in time and memory, and how they compare: the commands `profile`, `compare`."""
