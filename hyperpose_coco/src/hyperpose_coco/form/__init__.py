"""COCO's form: reading, checking, completing and writing its JSON, and datasets in it."""
