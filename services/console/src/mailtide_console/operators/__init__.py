"""The page of the operators' log."""
