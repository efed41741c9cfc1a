"""Request and response bodies of the scheduler's HTTP API, shared by its routes and their clients."""
