"""Cities that tests look for, and the flags of the places found."""

from __future__ import annotations

import csv
from pathlib import Path

from astra_pipeline.places import search as places

# Geography from general knowledge, not from GeoNames: one row per name.
with (Path(__file__).parent / "cities.csv").open(encoding="utf-8", newline="") as _file:
    CITIES = list(csv.DictReader(_file))


def flag_words(found: places.Place) -> list[str]:
    return [flag.split(":")[0] for flag in found.flags]


FAMOUS = [
    "London", "Paris", "Berlin", "Munich", "Tokyo", "Moscow", "New York", "Chicago", "Istanbul", "Cairo", "Sydney",
    "New Delhi", "Delhi", "Mumbai", "Bombay", "Kolkata", "Calcutta", "Chennai", "Madras", "Bengaluru", "Bangalore",
    "Pune", "Varanasi", "Pondicherry", "Vadodara", "Baroda", "Simla", "Jhajjar, Haryana, India", "Gorakhpur",
    "Bijapur", "Midnapore", "Mexico City", "Salt Lake City", "Ahmednagar", "Ho Chi Minh City", "Waltair",
    "LA", "SF",
]  # fmt: skip
