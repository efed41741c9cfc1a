"""The operators' log: every change through the API, recorded before it is made."""
