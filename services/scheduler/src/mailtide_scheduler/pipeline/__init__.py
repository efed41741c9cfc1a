"""The pipeline's state: each consumer group, measured once a minute."""
