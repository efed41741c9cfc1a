"""The database's schema: forward only, sequential ids, plain SQL. Applied by `mailtide migrate`."""
