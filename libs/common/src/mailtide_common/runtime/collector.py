"""Configures Python's cyclic garbage collector for a service that handles many small records."""

import gc

YOUNG, MIDDLE, OLD = 50_000, 20, 50
"""Thresholds of the three generations. CPython's defaults of 700, 10, 10 spend 5 to 16 % of a service's CPU time on
records, which reference counting frees anyway."""


def tune() -> None:
    """Exempt existing objects from later collections, and collect less often. Call it once, after start-up."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
