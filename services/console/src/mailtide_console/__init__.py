"""Shows operators whether every mailbox is in sync, and makes changes through the scheduler's and notifier's API."""
