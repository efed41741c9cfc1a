"""The periodic pass: plans due tasks, claims them and publishes requests."""
