"""Mailboxes and mail: generated, or read from an mbox file or a Maildir."""
