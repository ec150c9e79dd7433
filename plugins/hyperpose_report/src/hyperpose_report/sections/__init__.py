"""The sections of every report, a module each; what a stranger's section can have, they have."""
