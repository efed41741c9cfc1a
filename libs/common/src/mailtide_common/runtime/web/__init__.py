"""The HTTP server of a process, with its limits, health and errors, and a client of the operators' APIs."""
