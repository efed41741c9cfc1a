"""What Mailtide does, shown on a real stack: actions of users, comparisons with the simulator, measurements."""
