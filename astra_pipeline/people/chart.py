"""A person's birth chart as it is stored in `user_overview.birth_chart`, read once into a typed value. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from astra_pipeline.astrology.signs import SIGNS, System
from astra_pipeline.store.documents import at_path, listed, moment

# The parts of a chart document that `astrology.personal`, `astrology.transits` and `astrology.natal` read.
_PLACED = (
    *("planets", "ascendant_longitude", "mc_longitude", "house_cusps"),
    *("mean_node_longitude", "true_node_longitude"),
)


@dataclass(frozen=True)
class Signs:
    """Sun, Moon and rising sign in one system, each spelled as in `astrology.signs.SIGNS`; "" when unknown."""

    sun: str = ""
    moon: str = ""
    rising: str = ""

    @property
    def are_enough(self) -> bool:
        """True when Sun and Moon sign are known, which is the least a text about a chart needs."""
        return bool(self.sun and self.moon)


@dataclass(frozen=True)
class Chart:
    """One birth chart. A chart that the old system wrote has no `engine`, and often signs without degrees."""

    engine: str | None
    """The version of the engine that computed the chart; None for a chart of the old system."""
    vedic: Signs = Signs()
    western: Signs = Signs()
    placements: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """System -> its planets with longitudes, its angles and its house cusps (degrees), as stored.

    `astrology.personal` and `astrology.transits` take this as a chart. A chart of the old system may lack degrees:
    ask `personal.is_readable` first.
    """
    flags: tuple[str, ...] = ()
    """Doubts about the birth data, in words: an ambiguous place, a time that came twice."""
    calculated_at: dt.datetime | None = None
    """The moment (UTC) at which the chart was computed."""
    periods: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    """The mahadashas {lord, antardashas [{lord, start, end}]} that could be read, with aware datetimes.

    `personal.running_dasha` takes them.
    """

    @classmethod
    def read(cls, value: object) -> Chart | None:
        """The chart that a stored value is, or None when the value is no document.

        Nothing in the document makes this raise: an unusable part counts as absent.
        """
        if not isinstance(value, Mapping):
            return None
        return cls(
            engine=_engine(value.get("engine")),
            vedic=_signs(value.get("vedic")),
            western=_signs(value.get("western")),
            placements={system: _placed(part) for system in ("vedic", "western") if (part := value.get(system))},
            flags=_flags(at_path(value, "input.flags")),
            calculated_at=moment(value.get("calculated_at")),
            periods=_periods(at_path(value, "vedic.dasha.periods")),
        )

    def with_periods(self, stored: object) -> Chart:
        """The chart with the mahadashas of a stored list, for readers who ask MongoDB for some of them only."""
        return replace(self, periods=_periods(stored))

    @property
    def is_ours(self) -> bool:
        """True for a chart that our engine computed, so that its degrees can be trusted."""
        return self.engine is not None

    def signs(self, system: System) -> Signs:
        """The chart's signs in one system."""
        return self.vedic if system == "vedic" else self.western


def _engine(value: object) -> str | None:
    """The engine's version. An engine without a version is "", so that its chart still counts as ours."""
    if value is None:
        return None
    version = value.get("version") if isinstance(value, Mapping) else value
    return version if isinstance(version, str) else ""


def _signs(part: object) -> Signs:
    if not isinstance(part, Mapping):
        return Signs()
    rising = _sign(part.get("rising_sign")) or _sign(part.get("ascendant"))
    return Signs(_sign(part.get("sun_sign")), _sign(part.get("moon_sign")), rising)


def _sign(value: object) -> str:
    sign = value.strip().title() if isinstance(value, str) else ""
    return sign if sign in SIGNS else ""


def _placed(part: object) -> Mapping[str, Any]:
    return {name: part[name] for name in _PLACED if name in part} if isinstance(part, Mapping) else {}


def _flags(value: object) -> tuple[str, ...]:
    return tuple(flag for flag in listed(value) or [] if isinstance(flag, str))


def _periods(value: object) -> tuple[Mapping[str, Any], ...]:
    return tuple(period for stored in listed(value) or [] if (period := _period(stored)))


def _period(stored: object) -> Mapping[str, Any] | None:
    """One mahadasha, with those of its antardashas that have a lord, a start and an end."""
    if not isinstance(stored, Mapping) or not isinstance(lord := stored.get("lord"), str):
        return None
    inner = [part for one in listed(stored.get("antardashas")) or [] if (part := _antardasha(one))]
    return {"lord": lord, "antardashas": inner}


def _antardasha(stored: object) -> Mapping[str, Any] | None:
    if not isinstance(stored, Mapping) or not isinstance(lord := stored.get("lord"), str):
        return None
    start, end = moment(stored.get("start")), moment(stored.get("end"))
    return {"lord": lord, "start": start, "end": end} if start and end else None
