"""Important mail: the rules that say what it is, and the decision about each new message."""
