"""Sessions in cookies, and the protection of every page and every change."""
