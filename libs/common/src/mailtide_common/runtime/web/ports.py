"""The port of each service: what its `MAILTIDE_PORT` is unless the environment says otherwise."""

PORTS = {"ingress": 8080, "scheduler": 8081, "sync-worker": 8083, "persister": 8084}
"""By the service's name. Standard library only: the health check of a container imports it every few seconds."""
