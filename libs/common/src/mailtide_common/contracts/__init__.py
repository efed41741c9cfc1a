"""The data that Mailtide's services exchange: topics, keys, events and their encoding, and the bodies of HTTP APIs.

Imports only pydantic and the standard library, so any application may depend on it to read Mailtide's topics.
"""
