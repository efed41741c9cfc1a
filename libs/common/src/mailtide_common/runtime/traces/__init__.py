"""Spans of what a service does with records and requests; without a collector, OpenTelemetry's SDK is not imported."""
