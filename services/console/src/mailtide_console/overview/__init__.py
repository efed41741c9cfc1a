"""Overview: is everything in sync, and if not, who, since when, why, what now."""
