"""Cron runs and manual runs: their accounts, progress and reports."""
