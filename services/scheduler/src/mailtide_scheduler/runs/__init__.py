"""Runs: cron and manual, their accounts, reports and progress."""
