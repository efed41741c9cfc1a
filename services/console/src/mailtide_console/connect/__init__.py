"""Connect: a link that connects a mailbox by the ingress' real route, and the new account's progress."""
