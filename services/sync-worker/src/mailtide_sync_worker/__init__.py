"""Translates notifications into events, and does the work of sync requests."""
