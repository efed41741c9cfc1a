"""Runs the whole of Mailtide as processes on this machine."""
