"""Incidents, and the notices of their openings, reminders and ends."""
