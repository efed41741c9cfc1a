"""Shows operators whether every mailbox is in sync, and acts through the scheduler's API."""
