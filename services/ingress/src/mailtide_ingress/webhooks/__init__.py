"""Webhook deliveries: body, signature, envelope, and the secrets that sign them."""
