"""The persister: applies events to the mail tables, which it alone writes."""
