"""How long webhooks take from receipt to commit, as a histogram a minute in Postgres."""
