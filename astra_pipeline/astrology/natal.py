"""A chart as landmarks and themes read it: natal points in one zodiac, houses, the Moon, the periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from astra_pipeline.astrology import houses
from astra_pipeline.astrology.personal import is_readable
from astra_pipeline.astrology.signs import SIGNS, System
from astra_pipeline.astrology.transits import NATAL_POINTS, natal_longitudes
from astra_pipeline.astrology.zodiac import nakshatra_index

NORTH_NODE = "North Node"
"""The natal point of a western chart that a vedic one calls Rahu."""


@dataclass(frozen=True)
class Natal:
    """One chart in one system. A chart of the old system may know the Moon's sign and no degree."""

    system: System
    moon_sign: int
    """0 Aries .. 11 Pisces, in the system's zodiac."""
    points: Mapping[str, float] = field(default_factory=dict)
    """Natal point -> its longitude in the system's zodiac, degrees; empty for a chart without degrees."""
    cusps: tuple[float, ...] = ()
    """The twelve house cusps of a western chart, degrees; empty in a vedic one."""
    periods: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    """The mahadashas with their antardashas; empty in a western chart, whose tradition has none."""

    @classmethod
    def of(
        cls,
        chart: Mapping[str, Any],
        system: System,
        *,
        moon_sign: str,
        periods: Sequence[Mapping[str, Any]] = (),
        node: str = "mean",
    ) -> Natal:
        """The chart in a stored document or in `people.Chart.placements`.

        `moon_sign` serves for a chart without degrees. `node`, "mean" or "true", is that of a western chart's
        nodes. Raises ValueError for a `moon_sign` that is none.
        """
        sign = SIGNS.index(moon_sign)
        if system == "western":
            periods = ()
        if not is_readable(chart, system):
            return cls(system, sign, periods=tuple(periods))
        degrees = natal_longitudes([chart], system)[:, 0].tolist()
        cusps = [float(cusp["longitude"]) for cusp in chart[system]["house_cusps"]] if system == "western" else []
        points = dict(zip(NATAL_POINTS[system], degrees, strict=True))
        known = chart[system].get(f"{node}_node_longitude")
        if system == "western" and isinstance(known, int | float):
            points[NORTH_NODE] = float(known)
        return cls(system, int(points["Moon"] // 30), points, tuple(cusps), tuple(periods))

    @property
    def nakshatra(self) -> int | None:
        """The birth star, 0 Ashwini .. 26 Revati; None for a western chart, and for one without degrees."""
        if self.system != "vedic" or "Moon" not in self.points:
            return None
        return int(nakshatra_index(np.array(self.points["Moon"])))

    def house(self, longitude: float) -> int:
        """The house 1..12 of a longitude in the system's zodiac.

        Vedic: whole signs from the natal Moon, as transits are read (gochara). Western: the chart's own houses;
        whole signs from the Moon for a chart without degrees.
        """
        if self.cusps:
            return int(houses.house_of(np.array([longitude]), np.array(self.cusps)[:, None])[0])
        return (int(longitude // 30) - self.moon_sign) % 12 + 1
