"""Incidents, and the notices when one opens, continues or ends."""
