"""The admin API, which tests use to make mailboxes, switch faults on and see what happened."""
