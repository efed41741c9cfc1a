"""What the database holds, read only, with the statements in `sql/`."""
