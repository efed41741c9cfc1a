"""The client of the scheduler's API: every change that an operator makes goes through it."""
