"""Sphinx: the pages of this folder as a site; `make docs`."""

from __future__ import annotations

project = "HyperPose"
author = "The HyperPose authors"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinxcontrib.mermaid",
]
source_suffix = {".md": "markdown"}
html_theme = "furo"
html_title = "HyperPose"
exclude_patterns = ["_build"]

myst_heading_anchors = 4
myst_fence_as_directive = ["mermaid"]

autodoc_typehints = "description"
autodoc_member_order = "bysource"
# Docstrings are plain text in the manner of the code, not reStructuredText to the letter.
suppress_warnings = ["docutils", "ref.python", "misc.highlighting_failure"]
