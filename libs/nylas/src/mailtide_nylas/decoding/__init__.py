"""Decodes answers of Nylas: decompression, JSON, and the checks that an answer must pass. Pure."""
