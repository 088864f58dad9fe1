"""A campaign: the real pipeline under random faults, then a check that every law held (`make campaign`)."""
