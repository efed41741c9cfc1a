"""Consumer groups: loops that pass records to handlers, commits, and dead letters with their limit."""
