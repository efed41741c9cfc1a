"""Conditions of accounts, incidents and pipeline stages, with their causes and cures. Pure."""
