"""For tests: the simulator as a process, a client of its admin API, a receiver of webhooks."""
