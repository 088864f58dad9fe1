"""Clock faces out of a text in one spelling: "quarter past 7", "0715 hours", "saadhe saat baje".

A clock face leaves one or two minutes of the day possible, or none with a problem. The parts of the day said with it
are added in clock_context.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.day_parts import ANCHORS, hours_of, part
from astra_pipeline.language.spoken_birth.numerals import hindi_number, hindi_numbers, number

NO_TIME = "is no time of day"
HALF_OPEN = "leaves open whether it was morning or evening"
SEVERAL = "does not settle on one time"
WHICH_DAY = "is where two days meet: 00:00 with the later date, or 23:59 with the earlier one, will do"


@dataclass(frozen=True)
class Face:
    """A clock face in a text, from `start` to `end`, and the parts of the day said with it.

    `possible` holds the minutes of the day (0 to 1439) that the face alone leaves possible; none, and a `problem`,
    when it is no time.
    """

    start: int
    end: int
    possible: frozenset[int]
    problem: str = ""
    # Numbers alone are a time only in company: "7" of a "part" of the day, "7 15" of that or of the word "at".
    needs: str = ""
    # "07:15" and "12:15 hours" are said by somebody who counts to 24, unless "in the evening" follows.
    counted: frozenset[int] = frozenset()
    parts: tuple[re.Match[str], ...] = ()

    @property
    def first(self) -> int:
        """The position where the time and its parts of the day begin."""
        return min([self.start, *(part.start() for part in self.parts)])

    @property
    def last(self) -> int:
        """The position where the time and its parts of the day end."""
        return max([self.end, *(part.end() for part in self.parts)])

    @property
    def hours(self) -> frozenset[int]:
        """The hours that the parts of the day leave possible."""
        return hours_of(self.parts)

    @property
    def minutes(self) -> frozenset[int]:
        """The minutes of the day that the face and its parts of the day leave possible together."""
        if self.counted and not self.parts:
            return self.counted & self.possible
        hours = self.hours
        return frozenset(minute for minute in self.possible if minute // 60 in hours)

    def broken(self, problem: str) -> Face:
        """The face without a possible minute; an earlier problem stays."""
        return replace(self, possible=frozenset(), problem=self.problem or problem)

    def shifted(self, minutes: int) -> Face:
        """The face so many minutes later, or earlier when negative."""
        return replace(self, possible=frozenset((minute + minutes) % 1440 for minute in self.possible))


# Reads a match of its form; None when the match is no clock face.
_Reader = Callable[[re.Match[str]], Face | None]


def faces(plain: str) -> list[Face]:
    """The clock faces of a text, in order. A form that stands earlier in the list takes the words it matches."""
    found: list[Face] = []
    for form, read_form in _forms():
        for match in form.finditer(plain):
            is_free = all(match.end() <= other.start or other.end <= match.start() for other in found)
            if is_free and (face := read_form(match)):
                found.append(face)
    return sorted(found, key=lambda face: face.start)


@cache
def goes_no_further() -> re.Pattern[str]:
    """The words or signs after a number by which it is not the number of something else."""
    after = words.any_of(words.clock().after_a_time, ["DATE"])
    return re.compile(rf"\s*(?:$|[,.;!?)]|(?:{after}|{part().pattern})\b)")


def _face(match: re.Match[str], hour: int, minute: int, *, exact: bool = False, needs: str = "") -> Face:
    """An hour and a minute in both halves of the day, unless they are `exact` or counted to 24."""
    face = Face(match.start(), match.end(), frozenset(), needs=needs)
    if hour == 24 and minute == 0:
        return face.broken(WHICH_DAY)
    if hour > 23 or minute > 59:
        return face.broken(NO_TIME)
    halves = [hour] if exact or hour == 0 or hour > 12 else [hour % 12, hour % 12 + 12]
    return replace(face, possible=frozenset(half * 60 + minute for half in halves))


def _digital(match: re.Match[str]) -> Face:
    groups = match.groupdict()
    hour, minute = number(groups["hour"]), number(groups["minute"])
    is_settled = groups.get("hours") or groups.get("baje")
    needs = "" if is_settled or groups["between"] in (":", "h") else "at"
    military = bool(groups.get("hours")) and groups["between"] != ":"
    face = _face(match, hour, minute, exact=military, needs=needs)
    if groups.get("hours") or groups["hour"].startswith("0"):
        face = replace(face, counted=frozenset([hour * 60 + minute]))
    # "9 10 baje", "nau das": from nine to ten.
    hindi = groups.get("baje") or groups["hour"] in hindi_numbers()
    if groups["between"] == " " and hindi and (minute == hour + 1 or (groups.get("baje") and minute <= 12)):
        return face.broken(SEVERAL)
    return face.broken(NO_TIME) if number(groups.get("second")) > 59 else face


def _hour_alone(match: re.Match[str]) -> Face:
    return _face(match, number(match["hour"]), 0, needs="part")


def _oclock(match: re.Match[str]) -> Face:
    return _face(match, number(match["hour"]), 0)


def _hundred(match: re.Match[str]) -> Face | None:
    military = match["hours"] or match["hour"].startswith("0")
    return _face(match, int(match["hour"]), 0, exact=True) if military else None


def _half(match: re.Match[str]) -> Face:
    return _face(match, int(match["hour"]), 30, needs="at")


def _baje(match: re.Match[str]) -> Face:
    face = _face(match, number(match["hour"]), number(match["minute"]))
    # "7 baje 3 log the": the number goes on to something else.
    if match["minute"] and not match["unit"] and not goes_no_further().match(match.string, match.end()):
        return face.broken(SEVERAL)
    return face


def _before_baje(match: re.Match[str]) -> Face:
    return _face(match, number(match["hour"]), 0).shifted(-number(match["minute"]))


def _fraction(match: re.Match[str]) -> Face:
    return _face(match, number(match["hour"]), 0).shifted(hour_fractions()[match["part"]])


def _fraction_alone(match: re.Match[str]) -> Face:
    return _face(match, *_times_of_their_own()[match["part"]])


def _around_hour(match: re.Match[str]) -> Face | None:
    """ "quarter to eight", "20 minutes past 6", "an hour before midnight"."""
    amount, unit, hour, way = match["amount"], match["unit"] or "", match["of"], match["way"]
    offset = {"quarter": 15, "half": 30, "a": 1, "an": 1}.get(amount) or int(amount)
    anchored, later, hours = hour in ANCHORS, way in ("past", "after"), unit.startswith("hour")
    if (amount in ("a", "an") and not unit) or (amount in ("quarter", "half") and unit):
        return None
    if (hours and not anchored) or (amount == "half" and not later) or (unit and way == "of"):
        return None
    face = _face(match, ANCHORS[hour] if anchored else int(hour), 0, exact=anchored)
    if offset > 59 and not anchored:
        return face.broken(NO_TIME)
    face = face.shifted(offset * (60 if hours else 1) * (1 if later else -1))
    if amount.isdigit() and not unit:
        # "5 to 6" and "10 to 12" may be from five to six; nobody says "seven to eight" for 7:53.
        of_a_clock = offset % 5 == 0 or offset > 12 or way == "past"
        of_a_range = way in ("to", "till", "til", "until") and not anchored and 0 < int(hour) - offset <= 2
        if not of_a_clock or of_a_range:
            return face.broken(SEVERAL)
    # Ten to "twelve pm", or "ten to twelve" pm?
    if hour == "12" and not later and match.string.startswith((" AM", " PM"), match.end()):
        return face.broken(HALF_OPEN)
    return face


@cache
def hour_fractions() -> dict[str, int]:
    """The minutes that Hindi words add to the hour after them: 30 for "saadhe"."""
    return words.by_spelling(words.clock().hour_fractions)


@cache
def _times_of_their_own() -> dict[str, tuple[int, int]]:
    """Hour and minute of Hindi words that are a time: (1, 30) for "dedh"."""
    times: dict[str, tuple[int, int]] = {}
    for time, spellings in words.clock().times_of_their_own.items():
        hour, _, minute = time.partition(":")
        times |= dict.fromkeys(spellings, (int(hour), int(minute)))
    return times


# Nothing before a number that makes it part of another one, or of a price.
_HERE = r"(?<!\d[:.])(?<![\w#$₹])"


@cache
def _forms() -> list[tuple[re.Pattern[str], _Reader]]:
    """The forms of a time, and the reader of each. Forms with more words stand before those with fewer."""
    forms = [*_forms_of_figures(), *_hindi_forms(), *_forms_of_few_words()]
    return [(re.compile(form), read_form) for form, read_form in forms]


def _forms_of_figures() -> list[tuple[str, _Reader]]:
    return [
        # quarter to eight, 20 minutes past 6, an hour before midnight
        (
            rf"{_HERE}(?:a )?(?P<amount>quarter|half|\d{{1,3}}|an?) ?(?P<unit>minutes?|mins?|hours?)? (?P<way>to|past|after|before|of|till?|until) "
            r"(?P<of>noon|midnight|\d{1,2}(?![\w:]|\.\d))(?: ?oclock\b| ?baje\b)?",
            _around_hour,
        ),
        # 7:15, 07:15:30, 19h30, 7:15 baje
        (
            rf"{_HERE}(?P<hour>\d{{1,2}})(?P<between>[:h])(?P<minute>\d\d)(?::(?P<second>\d\d))?(?![\d:]|\.\d)"
            r"(?: ?(?P<hours>h|hrs?|hours?)\b| ?(?:baje|oclock)\b)?",
            _digital,
        ),
        # 1915 hours, 715 pm, 0715
        (rf"{_HERE}(?P<hour>\d\d)(?P<between>)(?P<minute>\d\d) ?(?P<hours>h|hrs?|hours?)\b", _digital),
        (rf"{_HERE}(?P<hour>\d{{1,2}})(?P<between>)(?P<minute>\d\d)(?= [AP]M\b)", _digital),
        (rf"{_HERE}(?P<hour>0\d)(?P<between>)(?P<minute>[0-5]\d)\b", _digital),
        # oh seven hundred, 19 hundred hours
        (rf"{_HERE}(?P<hour>\d{{1,2}}) hundred\b(?P<hours> (?:hours?|hrs?)\b)?", _hundred),
    ]


def _hindi_forms() -> list[tuple[str, _Reader]]:
    any_number = rf"(?:{hindi_number()}|\d{{1,2}})"
    return [
        # saat bajne mein das minute
        (
            rf"\b(?P<hour>{any_number}) ?bajne (?:mein|me|main|se|ko) (?P<minute>{any_number}) ?(?:minutes?|minat)\b"
            r"(?: (?:pehle|pahle)\b)?",
            _before_baje,
        ),
        # saadhe saat baje
        (
            rf"\b(?P<part>{words.any_of(hour_fractions())}) (?P<hour>{any_number})\b(?: ?(?:baje|bajkar|oclock)\b)?",
            _fraction,
        ),
        # dedh baje, sava baje
        (rf"\b(?P<part>{words.any_of(_times_of_their_own())}) baje\b", _fraction_alone),
    ]


def _forms_of_few_words() -> list[tuple[str, _Reader]]:
    hours = words.any_of(word for word, value in hindi_numbers().items() if value <= 12)
    minutes = words.any_of(word for word, value in hindi_numbers().items() if value >= 10)
    any_number = rf"(?:{hindi_number()}|\d{{1,2}})"
    return [
        # 7 15, 7.15, 7 15 hours
        (
            rf"{_HERE}(?P<hour>\d{{1,2}})(?P<between>[ .])(?P<minute>[0-5]\d)(?![\w:]|[.,]\d)"
            r"(?: ?(?P<hours>h|hrs?|hours?)\b| ?(?P<baje>baje)\b| ?oclock\b)?",
            _digital,
        ),
        # chhe chaalis
        (rf"\b(?P<hour>{hours})(?P<between> )(?P<minute>{minutes})\b(?: (?P<baje>baje)\b)?", _digital),
        # saat baje, 7 baj ke 15 minute
        (
            rf"\b(?P<hour>{hindi_number()}|\d{{1,3}}) ?(?:baje|bajkar|bajke|baj ?kar|baj ?ke)\b"
            rf"(?: (?P<minute>(?!ek\b(?! minute)){any_number})\b(?! ?(?:baj|oclock))(?: ?(?P<unit>minutes?|minat|mins?)\b)?)?",
            _baje,
        ),
        (rf"{_HERE}(?P<hour>\d{{1,3}}) oclock\b", _oclock),
        # half seven: the British one
        (rf"{_HERE}half (?P<hour>\d{{1,2}})(?![\w:]|\.\d)(?: oclock\b)?", _half),
        (rf"{_HERE}(?P<hour>1?\d|2[0-4]|0\d)(?![\w:]|[.,]\d)", _hour_alone),
    ]
