"""Handles sync requests and reports their outcomes, with one module per kind; audits are in `comparison`."""
