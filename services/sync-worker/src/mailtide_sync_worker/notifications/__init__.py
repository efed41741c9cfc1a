"""Translates notifications into events."""
