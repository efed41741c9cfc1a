"""Translates notifications and the answers to sync requests into events of messages, folders and accounts."""
