"""Rules that answer the tasks without a network: deterministic, no clock, imported only when called."""
