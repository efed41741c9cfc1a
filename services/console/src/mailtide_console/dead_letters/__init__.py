"""Dead letters: what could not be processed, why, and what to do with it."""
