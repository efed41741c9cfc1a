"""The operators' log: every change through the scheduler's API, except cron calls, recorded before it is made."""
