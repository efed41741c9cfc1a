"""Appliers: one per topic, from decoded records to statements, which are in `sql/`."""
