"""Incidents, and which channels receive a notice when one opens, lasts or ends."""
