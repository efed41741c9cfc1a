"""The HTTP API for channels, rules and deliveries; errors are problem details (RFC 9457)."""
