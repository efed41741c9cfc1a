"""Receives webhook deliveries, verifies their signatures, and publishes them."""
