"""Lists messages: pages, slices, and mail that no webhook announced."""
