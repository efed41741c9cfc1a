"""Deletions that are held until an operator decides."""
