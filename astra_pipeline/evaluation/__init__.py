"""Labelled sets, and a runner held against them (`astra eval`)."""

from pathlib import Path
from typing import Final

OURS: Final = Path(__file__).parent / "labelled"
"""The folder with the sets of the package."""
SETS: Final = ("texts", "births", "care")
