"""Incidents: which channels get a notice of which transition."""
