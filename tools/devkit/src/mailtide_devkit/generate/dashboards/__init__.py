"""The Grafana dashboards of `deploy/monitoring`. Every metric of the code is on one of them.

A query for what should not happen shows 0 until it does.
"""
