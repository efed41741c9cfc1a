"""Appliers, one per topic: they decode records and store them with the statements in `sql/`."""
