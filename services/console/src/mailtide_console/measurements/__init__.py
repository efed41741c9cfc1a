"""Measurements for charts and the pipeline page: latency of webhooks, throughput and lag of consumer groups."""
