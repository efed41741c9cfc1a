"""Loads with an accepted result that must survive, while processes are killed."""
