"""Faults: which are switched on, and the answers of an unusual form that some of them give."""
