"""Consumers, publisher, readers and topics of a process."""
