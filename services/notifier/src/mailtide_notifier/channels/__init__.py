"""Channels: their settings, quiet hours and silences, and the senders for each kind."""
