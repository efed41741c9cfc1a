"""The periodic pass: it plans due tasks, claims them and publishes requests."""
