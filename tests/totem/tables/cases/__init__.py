"""Small tables of an invented body, each with one defect that real publishers make."""
