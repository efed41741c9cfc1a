"""Shows what Mailtide does on a real stack: user actions, comparison with the simulator's mailboxes, measurements."""
