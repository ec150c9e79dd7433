"""Inspecting: what architectures on backbones are and cost."""
