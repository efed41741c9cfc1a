"""The HTTP API for channels, rules and deliveries. Errors are problem details (RFC 9457)."""
