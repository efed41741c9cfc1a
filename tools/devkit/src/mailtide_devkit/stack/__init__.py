"""The whole of Mailtide as processes: services, simulator and supervisor."""
