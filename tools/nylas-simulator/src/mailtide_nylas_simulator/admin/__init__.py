"""The admin API, with which tests create mailboxes, switch faults on and inspect what happened."""
