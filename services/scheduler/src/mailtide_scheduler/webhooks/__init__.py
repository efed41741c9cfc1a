"""The webhook destination at Nylas: its repair, outages, silence and secrets."""
