"""The clients of the scheduler's and the notifier's API: every change that an operator makes goes through them."""
