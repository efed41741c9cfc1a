"""The lag of each consumer group, measured once a minute."""
