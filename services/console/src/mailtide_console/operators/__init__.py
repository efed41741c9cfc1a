"""The operators' log: who changed what, when, and what became of it."""
