"""Sessions in cookies, protection against cross-site requests, and security headers."""
