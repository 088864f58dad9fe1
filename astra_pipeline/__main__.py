"""`python -m astra_pipeline`: the same as the command `astra`."""

from astra_pipeline.cli.main import main

if __name__ == "__main__":
    main()
