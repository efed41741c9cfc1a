"""The checks: each returns its findings, and raises the errors of the server that it asks; none changes anything."""
