"""The sky of one UTC date as a typed value, read from a stored document or computed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from astra_pipeline.errors import BadDocument


@dataclass(frozen=True)
class SkyEvent:
    """An event in the sky at a moment: an ingress, a station, a phase, an eclipse, or a tithi that begins."""

    at: dt.datetime
    """UTC, to the nearest minute."""
    type: str
    """The kind of event: `ingress`, `station`, `phase`, `eclipse` or `tithi`."""
    body: str
    """The planet; "Moon" for a phase and a tithi, the eclipsed body for an eclipse."""
    detail: str
    """The event in words: "Mars enters Leo", "Full Moon"."""

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> SkyEvent:
        """The event that a document of `astrology.sky` describes. Raises KeyError for one that is none."""
        return cls(document["at"], document["type"], document["body"], document["detail"])


@dataclass(frozen=True)
class SkyMoon:
    """The Moon at 00:00 UTC."""

    phase_angle: float
    """Degrees from the Sun, 0 to 360: 0 at new moon."""
    phase: str
    illumination: float
    """The lit share of the disc, 0 to 1."""
    tithi: str
    nakshatra: str

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> SkyMoon:
        """The Moon that a document of `astrology.sky` describes. Raises KeyError for one that is none."""
        return cls(
            document["phase_angle"],
            document["phase"],
            document["illumination"],
            document["tithi"],
            document["nakshatra"],
        )


@dataclass(frozen=True)
class Sky:
    """The sky of one UTC date: tropical positions and aspects at 00:00 UTC, and the events of the day."""

    date: dt.date
    engine: str
    """The version of the engine that computed it."""
    positions: tuple[Mapping[str, Any], ...] = field(repr=False)
    """{name, sign, degree, longitude, latitude, speed, retrograde} of the planets and the nodes.

    Longitudes and latitudes are degrees, speeds degrees a day.
    """
    aspects: tuple[Mapping[str, Any], ...] = field(repr=False)
    """{planet1, planet2, aspect, orb (degrees), applying}, the closest first."""
    moon: SkyMoon
    events: tuple[SkyEvent, ...]
    """The events in their order."""
    document: Mapping[str, Any] = field(repr=False, compare=False)
    """The sky as it is stored; `astrology.personal.moment` takes this."""

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Sky:
        """The sky that a document of `astra_daily_sky` holds.

        Raises BadDocument naming the field for any other document.
        """
        try:
            return cls(
                date=dt.date.fromisoformat(document["date"]),
                engine=document["engine"]["version"],
                positions=tuple(document["positions"]),
                aspects=tuple(document["aspects"]),
                moon=SkyMoon.read(document["moon"]),
                events=tuple(map(SkyEvent.read, document["events"])),
                document=document,
            )
        except KeyError as error:
            raise BadDocument(f"astra_daily_sky lacks the field {error}") from None
        except (TypeError, ValueError) as error:
            raise BadDocument(f"astra_daily_sky has a field of another type: {type(error).__name__}") from None


def computed(date: dt.date) -> Sky:
    """The sky of a UTC date, computed now. Raises BadBirth for a date that the ephemeris does not cover."""
    from astra_pipeline.astrology import sky  # with numpy, which the definitions load without
    from astra_pipeline.charts.births import bad_birth

    with bad_birth():
        return Sky.read(sky.day(date))
