"""The HTTP server of a process: lifecycle, limits, health, metrics and problem details."""
