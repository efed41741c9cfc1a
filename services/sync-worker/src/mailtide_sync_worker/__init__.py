"""Translates Nylas' notifications and answers into events of messages, folders and accounts."""
