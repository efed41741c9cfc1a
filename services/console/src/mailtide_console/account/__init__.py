"""One account: its condition with cause and cure, what happened, what is stored, and every action on it."""
