"""Compares a mailbox with the database: windows, audits, folders, contents, repairs."""
