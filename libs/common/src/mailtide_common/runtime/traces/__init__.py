"""Reports spans of a service's requests, records and calls to Nylas."""
