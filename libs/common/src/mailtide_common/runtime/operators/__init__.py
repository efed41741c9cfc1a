"""The operators' log: the changes that operators make through the scheduler's and the notifier's API."""
