"""Notifications, destinations and their delivery."""
