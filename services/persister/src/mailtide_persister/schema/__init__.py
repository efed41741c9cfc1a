"""The migrations, the command that runs them, and the check of the schema at start-up."""
