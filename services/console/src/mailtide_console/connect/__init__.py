"""Pages that create a link to connect a mailbox, and then show the progress of the new accounts."""
