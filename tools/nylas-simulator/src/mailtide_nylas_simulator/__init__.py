"""A simulator of the Nylas API v3, as an ASGI application."""
