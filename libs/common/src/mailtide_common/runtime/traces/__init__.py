"""Spans of the records and requests that a service handles; OpenTelemetry is imported only if there is a collector."""
