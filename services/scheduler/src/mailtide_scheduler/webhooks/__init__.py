"""The webhook destination at Nylas: reconciliation, outages, silence, secrets."""
