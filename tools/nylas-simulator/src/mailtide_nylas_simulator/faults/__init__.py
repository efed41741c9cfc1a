"""Faults: what can go wrong, and how an answer then looks."""
