"""Sade sati: the seven and a half years in which Saturn passes the signs before, of and after the natal Moon.

Source: B. V. Raman, "How to Judge a Horoscope"; the verses of gochara on Saturn in the 12th, 1st and 2nd from the
Moon are Phaladeepika, ch. 26. Saturn's sidereal ingresses (Lahiri) divide the time; when it turns back over a
boundary, the earlier phase returns for those months.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from astra_pipeline.astrology.search import changes
from astra_pipeline.astrology.sidereal import sidereal_longitudes
from astra_pipeline.astrology.timescales import FIRST, LAST, julian_date, moment
from astra_pipeline.astrology.zodiac import FloatArray, IntArray, sign_index

Phase = Literal["rising", "peak", "setting"]

# Saturn that turns back over a boundary does so within months.
_SOON = dt.timedelta(days=500)

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


def comes_back(at: dt.datetime, moon_sign: int) -> bool:
    """True when Saturn, out of the three signs at a moment, turns back into them: the end is a pause of months.

    The next sade sati proper is over twenty years away.
    """
    soon = at + _SOON
    return any(at < one.begins < soon and phase_in(one.sign, moon_sign) for one in spells_around(at.year))


def spell_at(at: dt.datetime) -> Spell:
    """Saturn's stay in a sidereal sign at a moment (UTC). Raises UnusableBirth outside of 1900-2053."""
    julian_date([at])
    return next(spell for spell in spells_around(at.year) if spell.begins <= at < spell.ends)


def spells_around(year: int) -> tuple[Spell, ...]:
    """Saturn's stays in the sidereal signs in a year and at least four to either side, in order."""
    return _of_decade(year // 10)


@lru_cache(maxsize=4)
def _of_decade(decade: int) -> tuple[Spell, ...]:
    low = max(dt.datetime(decade * 10 - 4, 1, 1, tzinfo=dt.UTC), FIRST - dt.timedelta(days=1))
    high = min(dt.datetime(decade * 10 + 14, 1, 1, tzinfo=dt.UTC), LAST)
    first, last = julian_date([low, high - dt.timedelta(seconds=1)])
    # A stay beyond a boundary between two turnings lasts weeks, save for rare ones of days.
    found = changes(_sign, first, last, step=2.0)
    begins = [low, *(moment(jd) for jd, _, _ in found)]
    signs = [found[0][1], *(after for _, _, after in found)]
    return tuple(Spell(*one) for one in zip(signs, begins, [*begins[1:], high], strict=True))


def _sign(jd_ut: FloatArray) -> IntArray:
    return sign_index(sidereal_longitudes(jd_ut, ("Saturn",))[0])
