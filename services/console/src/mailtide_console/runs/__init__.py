"""Runs: cron calls and manual syncs, account by account, live while they run."""
