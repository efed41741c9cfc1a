"""The bodies of the scheduler's HTTP API: what its routes take and answer, and its clients send and read."""
