"""Incidents: which of their transitions are told to whom."""
