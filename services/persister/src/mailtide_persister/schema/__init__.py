"""The migrations, the function that applies them, and the check of the schema at start-up."""
