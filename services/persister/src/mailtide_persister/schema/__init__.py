"""The schema: migrations, the command that runs them, and the check at start-up."""
