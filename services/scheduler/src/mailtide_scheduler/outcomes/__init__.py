"""Workers' reports, and their effects on tasks."""
