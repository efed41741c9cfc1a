"""Generates documents and manifests from the code."""
