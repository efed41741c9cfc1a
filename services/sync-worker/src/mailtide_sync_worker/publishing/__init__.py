"""Publishing of messages, and parking of those that cannot be published."""
