"""From notifications to events."""
