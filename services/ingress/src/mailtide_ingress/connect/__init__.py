"""Connection of accounts: the OAuth routes, the flow in its cookie, redirects, and who uses a mailbox."""
