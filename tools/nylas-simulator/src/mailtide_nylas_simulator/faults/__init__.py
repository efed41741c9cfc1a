"""Fault switches, and the response bodies and unreadable messages of some faults."""
