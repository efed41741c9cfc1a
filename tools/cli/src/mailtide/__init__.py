"""The `mailtide` command, for operators."""
