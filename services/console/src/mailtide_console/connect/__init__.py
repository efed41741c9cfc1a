"""Pages that create a link to connect a mailbox, and show the progress of accounts connected since."""
