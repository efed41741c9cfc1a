"""Appliers, one per topic, from decoded records to statements, with the statements in `sql/`."""
