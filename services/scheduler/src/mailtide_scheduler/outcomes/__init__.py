"""What workers report, and what follows for tasks."""
