"""The summary of all accounts, read at most every few seconds for all operators."""
