"""A Nylas v3 simulator: an ASGI app on a real socket that behaves, and misbehaves, as Nylas does."""
