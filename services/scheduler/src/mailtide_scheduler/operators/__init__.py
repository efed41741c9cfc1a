"""The operators' log: every change through the API, except cron calls, recorded before it is made."""
