"""Consumer groups: both consume loops, commits, and dead-lettering with its limit."""
