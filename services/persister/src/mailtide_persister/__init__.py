"""The only writer of the mail tables."""
