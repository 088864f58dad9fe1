"""Distances on the Earth."""

from __future__ import annotations

import math


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance between two places in degrees (haversine)."""
    north, south = math.radians(one[0]), math.radians(other[0])
    half = math.sin((north - south) / 2) ** 2 + (
        math.cos(north) * math.cos(south) * math.sin(math.radians(one[1] - other[1]) / 2) ** 2
    )
    return 2 * 6371 * math.asin(math.sqrt(half))
