"""Servers and programs that tests start: Prometheus, an OTLP receiver, an ingress, a stand-in for Nylas."""
