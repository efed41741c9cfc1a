"""Incidents: opening, ending and publishing them."""
