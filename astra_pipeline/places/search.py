"""The place of a birth: coordinates and time zone for a text, offline.

A wrong place is a wrong chart, so a doubt is flagged, and a text that names no city is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from astra_pipeline.places.choice import Reading, clock_of, label_of, read
from astra_pipeline.places.errors import UnknownPlace
from astra_pipeline.places.gazetteer import cities_named, is_zone
from astra_pipeline.places.meanings import cities_meant, lands_named, states_named
from astra_pipeline.places.names import MOST_NAMES, names_of

AMBIGUOUS = "place_ambiguous"
APPROXIMATE = "place_approximate"
UNREAD = "place_unread"

# The characters of a text that a message or a flag repeats.
_SHOWN = 80
# Texts written for want of a place. Towns here and there have such names; with their country they are found.
_NOTHING = frozenset(
    {
        "home",
        "hospital",
        "nan",
        "nil",
        "none",
        "null",
        "unknown",
        "घर",
        "अस्पताल",
        "मेरा",
        "मेरे",
        "हमारा",
        "हमारे",
        "पता",
        "नहीं",
    }
)


@dataclass(frozen=True)
class Place:
    """A city in degrees (north and east positive) with its IANA zone and country code.

    `label` names it with its state and country. `flags` say in words what the text left open.
    """

    label: str
    latitude: float
    longitude: float
    zone: str
    country: str
    flags: tuple[str, ...] = ()


def find(text: str, *, zone: str | None = None) -> Place:
    """The likeliest place for a text such as "Jhajjar, Haryana, India", "Bandra, Mumbai" or "Bombay".

    Among places of one name, those that keep the time of `zone` (an IANA name; another text counts as none) are
    preferred. Raises UnknownPlace when no city is meant; the message does not repeat the text.
    """
    return _find(text, zone)


@lru_cache(maxsize=20_000)
def _find(text: str, zone: str | None) -> Place:
    parts, surroundings = names_of(text)
    reading = None
    if 0 < len(parts) <= MOST_NAMES and not (len(parts) == 1 and parts[0] in _NOTHING):
        reading = read(parts, clock_of(zone) if zone and is_zone(zone) else None)
    if reading is None:
        raise _refusal(parts)
    if surroundings and not reading.unknown:
        reading = replace(reading, unknown=(surroundings,))
    city = reading.city
    flags = tuple(_flags(reading, text))
    return Place(label_of(city), city.latitude, city.longitude, city.zone, city.country, flags)


def _refusal(parts: Sequence[str]) -> UnknownPlace:
    if parts and (states_named(parts[0]) or lands_named(parts[0])) and not cities_meant(parts[0]):
        return UnknownPlace("place is a country, a state or another region: the city is missing")
    return UnknownPlace(
        "place is not known: no such city"
        + (" there (the first name alone is known)" if len(parts) > 1 and cities_named(parts[0]) else "")
        + "; a city near it, with its country, will do"
    )


def _flags(reading: Reading, text: str) -> Iterator[str]:
    label = label_of(reading.city)
    if reading.unknown:
        names = " or ".join(map(_shown, reading.unknown))
        yield f"{APPROXIMATE}: no city we know there is called {names}; {label} is used"
    if reading.unread:
        names = " and ".join(map(_shown, reading.unread))
        yield f"{UNREAD}: {_shown(text)} is taken for {label}; {names} could not be placed there"
    if reading.rivals:
        others = "; ".join(list(dict.fromkeys(reading.rivals))[:4])
        yield f"{AMBIGUOUS}: {_shown(text)} is taken for {label}; it could be {others}"


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
