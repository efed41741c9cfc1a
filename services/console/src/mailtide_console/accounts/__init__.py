"""The list of accounts, filtered by address and condition, and actions on several accounts."""
