"""The data that Mailtide's services exchange: topics, keys, events and the bodies of HTTP APIs.

This package imports only pydantic and the standard library. Any application can use it to read Mailtide's
topics.
"""
