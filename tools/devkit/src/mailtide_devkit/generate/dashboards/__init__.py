"""Generates the Grafana dashboards of `deploy/monitoring`. Every metric in the code is on one of them."""
