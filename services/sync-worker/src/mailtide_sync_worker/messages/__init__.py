"""Translation of Nylas' messages, and types of their content and state. Pure."""
