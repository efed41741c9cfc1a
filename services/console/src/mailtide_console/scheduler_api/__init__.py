"""The clients of the scheduler's and the notifier's API, through which all changes are made."""
