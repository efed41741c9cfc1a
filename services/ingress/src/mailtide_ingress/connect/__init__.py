"""Connects accounts: OAuth routes, the flow stored in a cookie, allowed redirects, and the users of a mailbox."""
