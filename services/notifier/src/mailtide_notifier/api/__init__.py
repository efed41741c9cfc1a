"""The HTTP API: channels, rules and deliveries, and errors as problem details."""
