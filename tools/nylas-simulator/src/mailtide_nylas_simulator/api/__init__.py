"""The simulated routes of the Nylas API v3."""
