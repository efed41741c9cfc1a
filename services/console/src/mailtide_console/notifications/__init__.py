"""Notifications: channels, rules, and what was sent to whom and when, through the notifier's API."""
