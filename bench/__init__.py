"""Measurements of the product on the real parts, each beside what it is held against."""
