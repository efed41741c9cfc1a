"""Handles sync requests and reports their outcomes; audits are in `comparison`."""
