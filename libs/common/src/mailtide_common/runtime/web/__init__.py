"""The HTTP server of a process: lifecycle, bounds, health, metrics."""
