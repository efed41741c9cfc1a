"""Dead letters: sending them to their topics again."""
