"""Checks of Mailtide's surroundings."""
