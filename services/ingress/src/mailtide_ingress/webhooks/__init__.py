"""Webhook deliveries: reading the body, verifying the signature, and publishing; the secrets used to sign them."""
