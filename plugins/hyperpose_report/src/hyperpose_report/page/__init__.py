"""The page: elements, tables, charts, and the document around them."""
