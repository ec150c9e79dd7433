"""Tools for annotated images: downloading, checking, looking at and converting them."""
