"""All accounts at a glance: computed at most every few seconds, however many operators look."""
