"""Support: files, messages, names and typed fields, for the whole core."""
