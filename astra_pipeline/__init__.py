"""A Dagster project that does everything after a conversation with Astra ends."""
