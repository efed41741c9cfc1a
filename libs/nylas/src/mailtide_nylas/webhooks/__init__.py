"""Webhook deliveries of Nylas: signature and compression. Pure."""
