"""The database's schema: forward only, sequential ids, plain SQL. BatchResult by `mailtide migrate`."""
