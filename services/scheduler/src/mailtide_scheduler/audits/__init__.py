"""Audits: passes over a mailbox, their reports, and proofs."""
