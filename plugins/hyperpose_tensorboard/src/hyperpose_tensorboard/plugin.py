"""The plugin: TensorBoard files."""
