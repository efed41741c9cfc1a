"""The page of an account: its condition with cause and cure, its timeline, its coverage, and the actions on it."""
