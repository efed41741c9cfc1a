"""Webhooks: destinations, notifications and their delivery."""
