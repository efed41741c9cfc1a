"""Consumer groups: the batch loop and the keyed loop, commits, and dead letters with their limit."""
