"""Dead letters: sending them to their topics again, discarding them, showing their bytes."""
