"""Dead letters: showing their bytes, sending them to their topics again, and discarding them."""
