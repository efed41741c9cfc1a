"""Turns notifications and sync requests into message events."""
