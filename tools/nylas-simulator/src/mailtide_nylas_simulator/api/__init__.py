"""The routes of the Nylas API v3."""
