"""Pages of the notifier's channels, rules and deliveries."""
