"""Connects accounts: the OAuth routes, the flow in its cookie, redirects, and the users of a mailbox."""
