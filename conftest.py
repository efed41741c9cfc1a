"""Loads what the tests of all packages have in common."""

pytest_plugins = ["mailtide_harness.fixtures"]
