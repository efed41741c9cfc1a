"""Reports spans of the records and requests that a service handles."""
