"""Dead letters: sending them again."""
