"""The summary of all accounts. It is read at most every few seconds, for all operators together."""
