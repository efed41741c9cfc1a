"""The admin API, with which tests create mailboxes, switch faults on and read what happened."""
