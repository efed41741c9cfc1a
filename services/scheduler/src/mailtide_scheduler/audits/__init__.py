"""Audits: their passes, reports and proofs."""
