"""What Mailtide's services say to each other: topics, keys, events and their bytes.

Imports only pydantic and the standard library, so any application may depend on it to read Mailtide's topics.
"""
