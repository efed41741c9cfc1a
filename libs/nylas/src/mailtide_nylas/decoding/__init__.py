"""Decodes Nylas' answers: decompression, JSON, and checks of their structure."""
