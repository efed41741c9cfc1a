"""Shared by the tests of several folders: a harness for each package, and stand-ins for what surrounds it."""
