"""Sade sati: the seven and a half years in which Saturn passes the signs before, of and after the natal Moon.

Source: B. V. Raman, "How to Judge a Horoscope"; the verses of gochara on Saturn in the 12th, 1st and 2nd from the Moon
are Phaladeepika, ch. 26. Saturn's sidereal ingresses (Lahiri) divide the time; when it turns back over a boundary, the
earlier phase returns for those months.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from astra_pipeline.astrology.search import State, changes
from astra_pipeline.astrology.sidereal import sidereal_longitudes
from astra_pipeline.astrology.timescales import FIRST, LAST, julian_date, moment
from astra_pipeline.astrology.zodiac import sign_index

Phase = Literal["rising", "peak", "setting"]

PHASES: dict[int, Phase] = {12: "rising", 1: "peak", 2: "setting"}
"""House of Saturn from the natal Moon -> the phase."""


@dataclass(frozen=True)
class Spell:
    """A time that Saturn spends in one sidereal sign, UTC. The first and the last one known are cut off."""

    sign: int
    begins: dt.datetime
    ends: dt.datetime


@dataclass(frozen=True)
class SadeSati:
    """The phase that runs, and the time of Saturn's present stay in its sign, UTC."""

    phase: Phase
    begins: dt.datetime
    ends: dt.datetime


def sade_sati(at: dt.datetime, moon_sign: int) -> SadeSati | None:
    """The phase that runs at a moment for a natal Moon in a sidereal sign, 0 Aries .. 11 Pisces; None outside.

    Raises UnusableBirth for a moment outside of 1900-2053.
    """
    spell = spell_at(at)
    phase = phase_in(spell.sign, moon_sign)
    return SadeSati(phase, spell.begins, spell.ends) if phase else None


def phase_in(saturn_sign: int, moon_sign: int) -> Phase | None:
    """The phase while Saturn is in a sign, for a natal Moon in a sign; None for the nine others."""
    return PHASES.get((saturn_sign - moon_sign) % 12 + 1)


def spell_at(at: dt.datetime) -> Spell:
    """Saturn's stay in a sidereal sign at a moment (UTC). Raises UnusableBirth outside of 1900-2053."""
    julian_date([at])
    spells = spells_of_saturn()
    return next((one for one in spells if one.begins <= at < one.ends), spells[0 if at < FIRST else -1])


@lru_cache(maxsize=1)
def spells_of_saturn() -> tuple[Spell, ...]:
    """Saturn's stays in the sidereal signs from 1900 to 2053, in order."""
    low, high = julian_date([FIRST, LAST - dt.timedelta(days=1)])
    # A stay over a boundary between two turnings lasts a week at the least, save for rare shorter ones.
    found = changes(_sign(), low, high, step=2.0)
    first = int(found[0][1])
    begins = [FIRST, *(moment(jd) for jd, _, _ in found)]
    ends = [*begins[1:], LAST]
    signs = [first, *(after for _, _, after in found)]
    return tuple(Spell(sign, begin, end) for sign, begin, end in zip(signs, begins, ends, strict=True))


def _sign() -> State:
    return lambda jd: sign_index(sidereal_longitudes(jd, ("Saturn",))[0])
