"""Publishes messages, and parks those that cannot be published."""
