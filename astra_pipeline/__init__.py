"""What happens after a conversation with Astra ends, as a Dagster project."""
