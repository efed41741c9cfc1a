"""Important mail: the rules that define it, their evaluation for each new message, and their management."""
