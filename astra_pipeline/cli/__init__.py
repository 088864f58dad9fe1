"""The command line: `astra`, also as `python -m astra_pipeline`; a module for each group of commands."""
