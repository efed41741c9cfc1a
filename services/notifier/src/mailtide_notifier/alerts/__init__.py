"""Incidents, and the notices of their openings, continuations and ends."""
