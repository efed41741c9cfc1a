"""Fault switches, and the unusual response bodies of some faults."""
