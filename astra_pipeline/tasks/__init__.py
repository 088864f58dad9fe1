"""LLM tasks: their Julep definitions, what they must answer, and rules that answer them offline."""
