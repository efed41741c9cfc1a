"""Appliers, one per topic: they apply decoded records with the statements in `sql/`."""
