"""The checks: each returns its findings; none changes anything."""
