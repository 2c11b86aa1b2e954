"""What every door for copilots shares: one table of verbs, one shape of errors, one place that knows tokens."""
