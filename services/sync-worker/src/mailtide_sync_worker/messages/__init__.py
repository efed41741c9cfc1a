"""Messages as Nylas sends them, and the types that describe them. Pure."""
