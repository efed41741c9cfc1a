"""Workers' reports, and their effects on tasks, schedules, runs and incidents."""
