"""Proof that each fault of ARCHITECTURE.md has a test that notices when its mend is taken away."""
