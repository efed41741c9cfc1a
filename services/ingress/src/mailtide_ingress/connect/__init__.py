"""Connects accounts by OAuth: routes, flows, cookies, allowed redirects, and the users of a mailbox."""
