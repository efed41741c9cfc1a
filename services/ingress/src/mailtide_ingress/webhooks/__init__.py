"""Webhook deliveries: their bodies, signatures and publication, and the secrets that sign them."""
