"""Deletions that are held until a person decides."""
