"""Doctor: what is wrong with the set-up, and how to fix it."""
