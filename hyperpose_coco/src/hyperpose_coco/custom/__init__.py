"""Custom data: one's own JSON in COCO's form."""
