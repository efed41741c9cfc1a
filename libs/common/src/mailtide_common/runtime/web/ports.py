"""Default ports of the services (`MAILTIDE_PORT`)."""

PORTS = {
    "ingress": 8080,
    "scheduler": 8081,
    "console": 8082,
    "sync-worker": 8083,
    "persister": 8084,
    "notifier": 8085,
}
"""Ports by service name. This module imports nothing, so that a container's health check starts quickly."""
