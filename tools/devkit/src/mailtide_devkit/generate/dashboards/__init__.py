"""Generates the Grafana dashboards of `deploy/monitoring`. Every metric in the code is on one of them.

Queries for events that should not happen show 0 until one does.
"""
