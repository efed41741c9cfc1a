"""Comparison of a mailbox with the database: windows, audits, folders, contents, repairs."""
