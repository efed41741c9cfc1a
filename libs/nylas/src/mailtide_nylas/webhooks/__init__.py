"""Nylas' webhook deliveries: signature, compression, triggers and envelope. Pure."""
